/** A copy of the project to run commands in, on the same packages; what they make lies in it, and goes with it. */
import { cpSync, symlinkSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./local-neon.ts";

export const PROJECT = path.resolve(import.meta.dirname, "../..");

export function linkPackages(folder: string): void {
  symlinkSync(path.join(PROJECT, "node_modules"), path.join(folder, "node_modules"));
}

export function copyProject(): string {
  const folder = temporaryFolder();
  for (const name of ["scripts", "src", "drizzle", "wrangler.toml", "package.json", "tsconfig.json"])
    cpSync(path.join(PROJECT, name), path.join(folder, name), { recursive: true });
  linkPackages(folder);
  return folder;
}

/** As from a terminal: not what npm and the developer's shell add. */
export const terminal = (more: Record<string, string> = {}) => ({
  ...process.env,
  DATABASE_URL: "",
  PORT: "",
  npm_lifecycle_event: "",
  NO_COLOR: "1",
  ...more,
});
