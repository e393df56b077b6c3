/** Whether the tables of mutants fit the code and the tests: they are changed by hand, and run seldom. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MUTANTS } from "../../test/attacks/mutants.ts";
import { OTHER_MUTANTS } from "../../test/attacks/other-mutants.ts";

const ATTACKS = "test/attacks";

/** The mutants of all tables by the path of their test file, then by its title there. */
export function mutantsByTest(): typeof MUTANTS {
  // With a folder, a test that is no attack.
  const fileOf = (name: string) => (name.includes("/") ? `test/${name}.test.ts` : `${ATTACKS}/${name}.test.ts`);
  const attacks = Object.entries(MUTANTS).map(([name, titles]) => [fileOf(name), titles] as const);
  const others = Object.entries(OTHER_MUTANTS).map(([name, titles]) => [`test/${name}.test.ts`, titles] as const);
  return Object.fromEntries([...attacks, ...others]);
}

/** What does not fit, a line each: an attack without a mutant, a mutant without its test, a text that isn't there once. */
export function findMisfits(root: string): string[] {
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  const attacks = readdirSync(join(root, ATTACKS)).filter((name) => name.endsWith(".test.ts"));
  const without = attacks.flatMap((name) => {
    const file = `${ATTACKS}/${name}`;
    const known = Object.keys(mutantsByTest()[file] ?? {});
    const titles = read(file).matchAll(/^ *(?:it|\]\)|it\.each\([^\n]*\))\(\n? *"((?:[^"\\]|\\.)*)"/gm);
    return Array.from(titles, ([, title = ""]) => JSON.parse(`"${title}"`) as string).flatMap((title) =>
      known.includes(title) ? [] : [`${file}: no mutant for "${title}"`],
    );
  });
  const stale = Object.entries(mutantsByTest()).flatMap(([test, titles]) => {
    const written = titlesIn(read(test));
    return Object.entries(titles).flatMap(([title, mutants]) => [
      ...(written.some((one) => one.test(title)) ? [] : [`${test}: no such test: "${title}"`]),
      ...mutants.flatMap(({ file, text }) => {
        const times = read(file).split(text).length - 1;
        return times === 1 ? [] : [`${test}: "${title}": ${times} times in ${file}: ${text.trim()}`];
      }),
    ]);
  });
  return [...without, ...stale];
}

/** Every text that may be a title; a mutant may name one with its values. */
function titlesIn(source: string): RegExp[] {
  return (
    Array.from(source.matchAll(/"((?:[^"\\\n]|\\.)*)"/g), ([, text = ""]) => patternOf(text.replaceAll('\\"', '"')))
      // Values alone fit every title.
      .filter(({ source }) => /[a-z]{2}/.test(source))
  );
}

/** A test's title, with anything in the place of its values. */
export function patternOf(title: string): RegExp {
  const parts = title.split(/%[sjid]|\$\w+/).map((part) => part.replaceAll(/[^\w\s]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
