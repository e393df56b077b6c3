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
