/** Tests only: each statement that declares its rows has a comment with its place, which identifies its answer. */
import path from "node:path";
import type { Plugin } from "vite";
import { declaredStatements, type DeclaredStatement } from "./declared.ts";

export function rowMarks(): Plugin {
  let byFile: Map<string, DeclaredStatement[]> | undefined;
  return {
    name: "row-marks",
    enforce: "pre",
    transform(code, id) {
      const file = path.resolve(id.split("?")[0]!);
      if (!file.includes("/src/") || !code.includes(".execute<")) return undefined;
      byFile ??= Map.groupBy(declaredStatements(), (statement) => statement.file);
      let marked = code;
      for (const { site, start, end } of (byFile.get(file) ?? []).toReversed()) {
        marked = `${marked.slice(0, start)}sql\`\${${marked.slice(start, end)}} /* row:${site} */\`${marked.slice(end)}`;
      }
      return { code: marked, map: null };
    },
  };
}
