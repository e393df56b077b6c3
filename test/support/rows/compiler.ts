/** Run by declared.ts: prints, as JSON, the compiler's type of each `execute<Row>(…)` in src/. */
import path from "node:path";
import { API, type Checker, type Project, type Type } from "typescript/unstable/sync";
import { isCallExpression, isPropertyAccessExpression } from "typescript/unstable/ast/is";
import type { CallExpression, Node } from "typescript/unstable/ast";

import type { DeclaredColumn, DeclaredRow, DeclaredStatement } from "./declared.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

function readStatements(): DeclaredStatement[] {
  const api = new API({ cwd: ROOT });
  try {
    const project = api.updateSnapshot({ openProject: path.join(ROOT, "tsconfig.json") }).getProjects()[0]!;
    const files = project.program.getSourceFileNames().filter((file) => file.startsWith(`${ROOT}/src/`));
    return files.flatMap((file) => statementsOf(project, file));
  } finally {
    api.close();
  }
}

function statementsOf({ program, checker }: Project, file: string): DeclaredStatement[] {
  const source = program.getSourceFile(file)!;
  const found: DeclaredStatement[] = [];
  const visit = (node: Node): void => {
    if (isCallExpression(node) && isExecute(node)) {
      const [argument] = node.arguments;
      const [rowType] = node.typeArguments!;
      const start = argument!.getStart(source);
      const line = source.text.slice(0, start).split("\n").length;
      const site = `${path.relative(ROOT, file)}:${line}`;
      const type = checker.getTypeFromTypeNode(rowType!)!;
      // As in a generic wrapper: pass the statement to the wrapper instead.
      if (type.isTypeParameter()) throw new Error(`${site}: its row is a type parameter, whose columns nobody knows`);
      found.push({ site, file, start, end: argument!.end, row: describeRow(checker, type, node) });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

function isExecute(call: CallExpression): boolean {
  const callee = call.expression;
  return isPropertyAccessExpression(callee) && callee.name.text === "execute" && call.typeArguments?.length === 1;
}

function describeRow(checker: Checker, row: Type, at: Node): DeclaredRow {
  return Object.fromEntries(
    checker
      .getPropertiesOfType(row)
      .map((property) => [property.name, describe(checker, checker.getTypeOfSymbolAtLocation(property, at))]),
  );
}

function describe(checker: Checker, type: Type): DeclaredColumn {
  const members = type.isUnionType() ? type.getTypes() : [type];
  const names = members.map((member) => typeName(checker, member));
  return {
    type: [...new Set(names.filter((name) => name !== "null"))].toSorted().join("|"),
    nullable: names.includes("null"),
  };
}

function typeName(checker: Checker, type: Type): string {
  if (checker.isArrayType(type)) {
    const [element] = checker.getTypeArguments(type as never);
    return `${describe(checker, element!).type}[]`;
  }
  const name = checker.typeToString(checker.getWidenedType(type)!);
  if (type.isStringLiteralType()) return "string";
  if (type.isNumberLiteralType()) return "number";
  if (type.isBooleanLiteralType() || name === "true" || name === "false") return "boolean";
  return ["string", "number", "boolean", "null", "undefined", "unknown", "any"].includes(name) ? name : "json";
}

console.log(JSON.stringify(readStatements()));
