/** docs/security.md cites a test for each promise: that test must exist in that file, under that title. */
import { expect, test } from "vitest";
import { read } from "../support/documentation.ts";

test("every test that docs/security.md cites exists in its file", () => {
  const cited = [...read("docs/security.md").matchAll(/`(test\/[\w/.-]+\.ts)` "([^"]+)"/g)];
  expect(cited.length).toBeGreaterThan(200);
  // Markdown escapes characters that it would read as emphasis.
  const missing = cited.filter(([, file, title]) => !read(file!).includes(title!.replaceAll(/\\([_*])/g, "$1")));
  expect(missing.map(([citation]) => citation)).toEqual([]);
});

/** The rows of the tables of a part, cell by cell. */
const rowsOf = (part: string) =>
  part
    .split("\n")
    .filter((line) => /^\| (?!-|id |who )/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );

test("every threat has a test", () => {
  const [, threats = ""] = /^## Threats\n(.*?)^## /ms.exec(read("docs/security.md"))!;
  const rows = rowsOf(threats);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((cells) => !cells.at(-1)!.startsWith("`test/")).map(([who]) => who)).toEqual([]);
});

test("every requirement of ASVS has a test, or says why it has none", () => {
  const [, part = ""] = /^## ASVS 5\.0(.*)/ms.exec(read("docs/security.md"))!;
  const rows = rowsOf(part);
  const [, count] = /each of the (\d+) requirements/.exec(part)!;
  expect(rows).toHaveLength(Number(count));
  const WHY = /`test\/|\]\([\w./#-]+\)|by construction|not applicable|deployment check|deviation|not met/;
  expect(rows.filter(([, , status = ""]) => !WHY.test(status)).map(([id, , status]) => [id, status])).toEqual([]);
});
