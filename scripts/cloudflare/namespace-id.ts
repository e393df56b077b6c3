/** Writes a KV namespace's id into wrangler.toml, and leaves every other character of it as it is. */

/** @throws Error when the file has no such binding. */
export function writeNamespaceId(
  text: string,
  { environment, binding, id }: { environment?: string | undefined; binding: string; id: string },
): string {
  const header = environment === undefined ? "[[kv_namespaces]]" : `[[env.${environment}.kv_namespaces]]`;
  const lines = text.split("\n");
  for (let start = lines.indexOf(header); start >= 0; start = lines.indexOf(header, start + 1)) {
    const end = lines.findIndex((line, at) => at > start && /^\s*(\[|$)/.test(line));
    const table = lines.slice(start, end < 0 ? lines.length : end);
    const at = table.findIndex((line) => new RegExp(`^\\s*binding\\s*=\\s*"${binding}"`).test(line));
    if (at < 0) continue;
    const kept = table.filter((line) => !/^\s*id\s*=/.test(line));
    kept.splice(kept.indexOf(table[at]!) + 1, 0, `id = "${id}"`);
    return lines.toSpliced(start, table.length, ...kept).join("\n");
  }
  throw new Error(`wrangler.toml has no ${header} with binding = "${binding}"`);
}
