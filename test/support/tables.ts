/** The tables of a document, read from its Markdown. */

/** The cells of the table whose head begins with these columns, row by row. @throws Error if there is none. */
export function tableIn(document: string, ...head: string[]): string[][] {
  const lines = document.split("\n");
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const start = lines.findIndex((line) => line.startsWith("|") && head.every((name, at) => cells(line)[at] === name));
  if (start < 0) throw new Error(`there is no table of ${head.join(", ")}`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map(cells);
}

/** The text between backticks. */
export const codesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
