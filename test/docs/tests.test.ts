/** The project's tests work on every machine: none measures time, and none shares a resource with another. */
import { globSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { read } from "../support/documentation.ts";
import { chooseFew } from "../support/sample.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const files = globSync("test/**/*.ts", { cwd: ROOT }).filter((file) => file !== "test/docs/tests.test.ts");
const lines = files.flatMap((file) =>
  read(file)
    .split("\n")
    .map((text, at) => ({ where: `${file}:${at + 1}`, text })),
);
const linesWith = (pattern: RegExp) =>
  lines.filter(({ text }) => pattern.test(text)).map(({ where, text }) => `${where} ${text.trim()}`);

describe("no test depends on how fast the machine is", () => {
  // A lower bound is safe; an upper bound belongs in the test's time limit.
  test("none limits how long something may take", () => {
    expect(
      linesWith(
        /(now\(\) - \w*(start|began|before)\w*|\b(elapsed|seconds|milliseconds|duration)\b)[^;]*\)\.(toBeLess|toBeCloseTo)/i,
      ),
    ).toEqual([]);
  });

  test("none waits for a shorter time than the others", () => {
    const short = lines.filter(({ text }) => {
      const [, limit] =
        /(?:poll|waitFor|waitUntil|waitMs|interval).*timeout: ([\d_]+)|^\s*\{ timeout: ([\d_]+)/.exec(text) ?? [];
      return limit !== undefined && Number(limit.replaceAll("_", "")) < 20_000;
    });
    expect(short).toEqual([]);
  });
});

describe("no test shares a port or a folder with another", () => {
  test("no fixed port, and no fixed path in the folder for temporary files", () => {
    expect(linesWith(/\.listen\([1-9]|["'`]\/(var\/)?tmp\b|join\(tmpdir\(\), "[^"]*[^"-]"/)).toEqual([]);
  });
});

test("no test lets the browser's package unpack itself, which it does at one place for the whole machine", () => {
  expect(linesWith(/(from|import\() ?"@sparticuz\/chromium"/)).toEqual([]);
});

describe("the sample of a long list of cases", () => {
  const cases = Array.from({ length: 400 }, (_, at) => ({ event: at % 40, fault: Math.floor(at / 40), kind: at % 7 }));
  const traitsOf = ({ event, fault, kind }: (typeof cases)[number]) => [`event ${event}`, `${kind}, ${fault}`];
  const few = chooseFew(cases, traitsOf);

  test("has every trait of the whole list, in few cases", () => {
    expect(new Set(few.flatMap(traitsOf))).toEqual(new Set(cases.flatMap(traitsOf)));
    expect(few.length).toBeLessThan(100);
  });

  test("is the same each time, and in the list's order", () => {
    expect(chooseFew(cases, traitsOf)).toEqual(few);
    expect(few).toEqual(cases.filter((one) => few.includes(one)));
  });
});

test("of the files with many ways through the same pages, `npm test` runs tests that exist, and the nightly build all", () => {
  const found = files.filter((file) => read(file).includes(" = ofMany("));
  expect(found.toSorted()).toEqual(
    ["account-pages", "admin-pages", "pages", "sign-in"].map((name) => `test/system/${name}.test.ts`),
  );
  for (const file of found) {
    const text = read(file);
    const kept = text.slice(text.indexOf(" = ofMany("), text.indexOf("\n]);")).match(/(?<=^ {2}").*(?=",$)/gm) ?? [];
    expect(kept.length, file).toBeGreaterThan(2);
    expect(kept.filter((title) => !new RegExp(`it\\(\\s*"${title.replaceAll("?", ".")}"`).test(text))).toEqual([]);
  }
  expect(read(".github/workflows/nightly.yml")).toContain("npm run test:whole");
});
