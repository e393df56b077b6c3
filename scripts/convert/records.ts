/** The accounts in an export, one by one: lines of JSON, an array, or an array under "users", however it is indented. */

const WRAPPER = /^\s*\{\s*"users"\s*:\s*\[/;
/** As long as whatever may stand before the first account. */
const ENOUGH_FOR_WRAPPER = 64;

/** @throws Error that names the account, for anything that is not JSON. */
export async function* recordsOf(chunks: AsyncIterable<string>): AsyncGenerator<Record<string, unknown>> {
  let text = "";
  let hasBegun = false;
  let [at, start, depth, row] = [0, 0, 0, 1];
  let [isText, isEscaped] = [false, false];

  function* read(): Generator<Record<string, unknown>> {
    for (; at < text.length; at++) {
      const character = text[at]!;
      if (isEscaped) isEscaped = false;
      else if (isText) {
        if (character === "\\") isEscaped = true;
        else if (character === '"') isText = false;
      } else if (character === '"' && depth > 0) isText = true;
      else if (character === "{") {
        if (depth++ === 0) start = at;
      } else if (character === "}" && depth > 0) {
        if (--depth === 0) yield parse(text.slice(start, at + 1), row++);
      } else if (depth === 0 && !/[\s,[\]}\uFEFF]/.test(character)) throw new Error(`row ${row} is not JSON`);
    }
    const done = depth === 0 ? at : start;
    [text, at, start] = [text.slice(done), at - done, 0];
  }

  for await (const chunk of chunks) {
    text += chunk;
    if (!hasBegun && text.length < ENOUGH_FOR_WRAPPER) continue;
    if (!hasBegun) text = text.replace(WRAPPER, "");
    hasBegun = true;
    yield* read();
  }
  if (!hasBegun) text = text.replace(WRAPPER, "");
  yield* read();
  if (depth > 0) throw new Error(`the export ends in the middle of row ${row}`);
}

function parse(json: string, row: number): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    // Without what it says, which quotes the export.
    throw new Error(`row ${row} is not JSON`);
  }
}
