/** What commands show in a terminal and in a log: progress, and texts of others. */
import { describe, expect, test, vi } from "vitest";
import { createProgress, printable } from "../../scripts/process/terminal.ts";

function streamOf(isTTY: boolean) {
  const written: string[] = [];
  return {
    written,
    stream: { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as typeof process.stderr,
  };
}

describe("progress", () => {
  test("is one line that changes, in a terminal", () => {
    const { stream, written } = streamOf(true);
    const progress = createProgress(stream);
    progress.show("1 of 2");
    progress.show("2 of 2");
    progress.end("done");
    expect(written.join("")).toBe("\r\u001B[K1 of 2\r\u001B[K2 of 2\r\u001B[Kdone\n");
  });

  test("is a line every two seconds in a log, and nothing for what takes less", () => {
    const clock = vi.spyOn(performance, "now").mockReturnValue(1_000);
    const { stream, written } = streamOf(false);
    const progress = createProgress(stream);
    for (let now = 1_000; now <= 6_000; now += 500) {
      clock.mockReturnValue(now);
      progress.show(`at ${now}`);
    }
    clock.mockRestore();
    expect(written).toEqual(["at 3000\n", "at 5000\n"]);
  });
});

test("nothing that a terminal obeys is printed", () => {
  expect(printable("Zoë 太郎 👩‍🚀".replace("\u200D", ""))).toBe("Zoë 太郎 👩🚀");
  for (const text of ["\u001B[2Jx", "\u009B31mx", "a\rx", "a\nx", "a\u202Ex", "a\u0007x", "\u001B]0;title\u0007x"])
    expect(
      [...printable(text)].filter((each) => /[\p{Cc}\p{Cf}]/u.test(each)),
      JSON.stringify(text),
    ).toEqual([]);
});
