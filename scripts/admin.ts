/** `npm run admin`: an administrator's daily work from the terminal, over the service's own API and with a session of its own. */
import { parseArgs } from "node:util";
import { AuthError, createAuthClient } from "../src/client/index.ts";
import type { Command, Values } from "./admin/command.ts";
import { COMMANDS } from "./admin/commands.ts";
import { print } from "./admin/output.ts";
import { createTokenFile } from "./admin/token-file.ts";
import { runCommand } from "./process/command.ts";
import { createPrompt } from "./process/terminal.ts";

const usageOf = ({ usage, options = [] }: Command) => [usage, ...options.map((name) => `[--${name} …]`)].join(" ");

const HELP = `Usage: npm run admin -- <command> [options]

${COMMANDS.map((command) => `  ${usageOf(command)}\n      ${command.summary}`).join("\n")}

  --url <origin>   of the service (default: the environment's AUTH_API_URL, or http://localhost:3001)
  --json           prints the service's answer as JSON
  --yes            does not ask before an act on somebody's account
  --help           prints this

Questions are answered in the terminal or, one a line, on stdin. The session is kept in .local/admin, readable by you
alone. Every act is done by the service in your name: it checks your role and writes the audit log.`;

/** The command whose words come first, and the arguments after them. @throws Error */
function findCommand(words: string[]): { command: Command; args: string[] } {
  for (const command of COMMANDS) {
    const [names, places] = [
      command.usage.split(" ").filter((word) => /^\w/.test(word)),
      command.usage.match(/[<[]/g) ?? [],
    ];
    if (!names.every((name, at) => words[at] === name)) continue;
    const args = words.slice(names.length);
    const needed = command.usage.match(/</g)?.length ?? 0;
    if (args.length < needed || args.length > places.length) throw new Error(`usage: ${usageOf(command)}`);
    return { command, args };
  }
  throw new Error(`no such command: ${words.join(" ")} (see npm run admin -- --help)`);
}

function originOf(given: string | undefined): string {
  const url = URL.parse(given || process.env["AUTH_API_URL"] || "http://localhost:3001");
  if (!url) throw new Error("--url is not an origin such as https://auth.your-domain.com");
  // A password must not cross a network in the clear.
  if (url.protocol !== "https:" && !["localhost", "127.0.0.1", "[::1]"].includes(url.hostname))
    throw new Error("--url must be an https:// origin");
  return url.origin;
}

await runCommand("admin", async () => {
  const names = new Set(["url", ...COMMANDS.flatMap(({ options = [] }) => options)]);
  const parsed = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries([...names].map((name) => [name, { type: "string" as const }])),
      json: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      restart: { type: "boolean" },
      all: { type: "boolean" },
      public: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { positionals } = parsed;
  const values: Values = parsed.values;
  if (values["help"] || positionals.length === 0) {
    console.log(HELP);
    if (!values["help"]) process.exitCode = 1;
    return;
  }
  const { command, args } = findCommand(positionals);
  const foreign = Object.keys(values).filter(
    (name) => names.has(name) && name !== "url" && !command.options?.includes(name),
  );
  if (foreign.length > 0) throw new Error(`--${foreign[0]} does not belong to it; usage: ${usageOf(command)}`);

  const url = originOf(values["url"] as string | undefined);
  const auth = createAuthClient({ url, store: createTokenFile(url), locale: "en" });
  const prompt = createPrompt();
  try {
    if (!command.open && (await auth.refresh()) === null) throw new Error("sign in first: npm run admin -- login");
    if (command.confirms && !values["yes"]) await confirm(prompt, `${positionals.join(" ")} on ${url}`);
    print(await command.run({ url, auth, prompt }, args, values), values["json"] === true);
  } catch (error) {
    throw error instanceof AuthError ? explain(error, url) : error;
  } finally {
    prompt.close();
  }
});

async function confirm(prompt: ReturnType<typeof createPrompt>, what: string): Promise<void> {
  if (!prompt.isTerminal) throw new Error(`"${what}" needs a terminal to confirm, or --yes`);
  if (!/^y(es)?$/i.test(await prompt.ask(`${what}: are you sure? (yes/no)`))) throw new Error("nothing was done");
}

/** In one line: what the service says, the field it is about, and the id to report it by. */
function explain({ code, message, errors, requestId }: AuthError, url: string): Error {
  const hint = code === "two_factor_required" ? " Set up an authenticator: npm run admin -- enrol" : "";
  const fields = errors.map(({ pointer, detail }) => ` ${pointer}: ${detail}.`).join("");
  const where = requestId === undefined ? ` (${url})` : ` (${code}, request ${requestId})`;
  return new Error(`${message}${fields}${hint}${where}`);
}
