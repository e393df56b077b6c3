/** What `npm run admin` can do: a line for each act, by the service's own operations. */
import { createProgress } from "../process/terminal.ts";
import { act, call, list, listed, pick, said, type Command, type Values } from "./command.ts";
import { exportAccount } from "./export.ts";
import { importFile } from "./import.ts";
import type { Output } from "./output.ts";
import { PROGRAM_COMMANDS } from "./program-commands.ts";
import { describeSession, enrol, freshly, logIn, type Context } from "./session.ts";
import { rowsOf, tablesOfUser } from "./tables.ts";

export const COMMANDS: Command[] = [
  {
    usage: "login [email]",
    summary: "signs in; the session is kept for the next command",
    open: true,
    run: (context, [email]) => logIn(context, email),
  },
  { usage: "enrol", summary: "sets up an authenticator app: QR code, first code, recovery codes", run: enrol },
  { usage: "whoami", summary: "who is signed in, and what the role allows", run: describeSession },
  {
    usage: "logout",
    summary: "ends the session",
    async run({ auth }) {
      await auth.logout();
      return { json: {}, lines: ["Signed out."] };
    },
  },
  list("users list", "accounts", "GET /api/admin/users", ["q", "role", "status", "sort"]),
  {
    usage: "users show <id>",
    summary: "one account, with sessions, second factors and last logins",
    async run(context, [id]) {
      const answer = await call(context, "GET /api/admin/users/{id}", { path: { id } });
      return { json: answer, tables: tablesOfUser(answer) };
    },
  },
  {
    usage: "users invite <email>",
    summary: "creates an account, whose owner chooses a password by mail",
    options: ["prenom", "nom", "role", "locale"],
    async run(context, [email], values) {
      const { role, ...names } = pick(values, ["prenom", "nom", "locale", "role"]);
      const body = { email, ...names, ...(role !== undefined && { roleId: Number(role) }) };
      return said(await call(context, "POST /api/admin/users", { body }));
    },
  },
  act("users disable", "nobody can sign in to it any more, and its sessions end", "PATCH /api/admin/users/{id}", {
    isActive: false,
  }),
  act("users enable", "the contrary", "PATCH /api/admin/users/{id}", { isActive: true }),
  act("users verify", "confirms its address", "PATCH /api/admin/users/{id}", { isVerified: true }),
  act("users delete", "deletes it; it can be restored for 30 days", "DELETE /api/admin/users/{id}"),
  act("users restore", "restores a deleted one", "POST /api/admin/users/{id}/restore"),
  act("users unlock", "ends the wait after failed attempts", "POST /api/admin/users/{id}/unlock"),
  act("users reset-2fa", "removes its second factors and recovery codes", "POST /api/admin/users/{id}/2fa/reset"),
  {
    usage: "users impersonate <id> <reason>",
    summary: "a token that reads the account as its owner sees it, for ten minutes; the owner is told",
    confirms: true,
    async run(context, [id, reason]) {
      const answer = await call(context, "POST /api/admin/users/{id}/impersonate", { path: { id }, body: { reason } });
      return { json: answer, lines: [answer.message, `Token: ${answer.token}`] };
    },
  },
  {
    usage: "users role <id> <roleId>",
    summary: "gives it another role",
    confirms: true,
    run: async (context, [id, roleId]) =>
      said(await call(context, "PATCH /api/admin/users/{id}", { path: { id }, body: { roleId: Number(roleId) } })),
  },
  {
    usage: "users import <file.ndjson>",
    summary:
      "creates accounts with their hashes; run again, it goes on where it stopped (--restart: from the first line)",
    async run(context, [file = ""], { restart }) {
      const send = (body: string) => call(context, "POST /api/admin/users/import", { body });
      const output = await importFile({ file, restart: restart === true, progress: createProgress(), send });
      if ((output.json as { failed: number }).failed > 0) process.exitCode = 1;
      return output;
    },
  },
  {
    usage: "export <file.json>",
    summary: "all that the service holds about your own account",
    run: (context, [file = ""]) =>
      freshly(context, async () => {
        const token = (await context.auth.token())!;
        return exportAccount({ url: context.url, file, token, progress: createProgress() });
      }),
  },
  {
    usage: "sessions list <userId>",
    summary: "the sessions of an account",
    async run(context, [id]) {
      const { sessions } = await call(context, "GET /api/admin/users/{id}", { path: { id } });
      return { json: { data: sessions }, tables: [["", rowsOf("sessions", sessions)]] };
    },
  },
  {
    usage: "sessions end <userId> [sessionId]",
    summary: "ends one, or all",
    confirms: true,
    run: async (context, [id, sessionId]) =>
      said(
        sessionId === undefined
          ? await call(context, "POST /api/admin/users/{id}/logout", { path: { id } })
          : await call(context, "DELETE /api/admin/users/{id}/sessions/{sessionId}", { path: { id, sessionId } }),
      ),
  },
  list("roles list", "roles", "GET /api/admin/roles"),
  {
    usage: "roles create <name>",
    summary: "with --permissions a:b,c:d and --description",
    options: ["permissions", "description"],
    run: async (context, [name], values) =>
      said(await call(context, "POST /api/admin/roles", { body: { name, ...roleFields(values) } })),
  },
  {
    usage: "roles change <id>",
    summary: "its --name, --permissions or --description",
    options: ["name", "permissions", "description"],
    confirms: true,
    run: async (context, [id], values) =>
      said(await call(context, "PATCH /api/admin/roles/{id}", { path: { id }, body: roleFields(values) })),
  },
  {
    usage: "roles delete <id>",
    summary: "its holders get the role --replacement",
    options: ["replacement"],
    confirms: true,
    run: async (context, [id], { replacement }) =>
      said(
        await call(context, "DELETE /api/admin/roles/{id}", { path: { id }, query: { replacementId: replacement } }),
      ),
  },
  list("permissions list", "what a role can have", "GET /api/admin/permissions"),
  list("audit list", "the audit log, newest first", "GET /api/admin/audit-logs", [
    "actor",
    "action",
    "target",
    "from",
    "to",
  ]),
  {
    usage: "audit verify",
    summary: "checks the chain; --anchor id:hash compares it with one kept elsewhere",
    options: ["anchor", "limit"],
    async run(context, _args, values) {
      const answer = await call(context, "GET /api/admin/audit-logs/verify", {
        query: pick(values, ["anchor", "limit"]),
      });
      if (!answer.intact) process.exitCode = 1;
      return { json: answer, tables: [["", [{ ...answer, firstBroken: answer.firstBroken?.id }]]] };
    },
  },
  {
    usage: "stats",
    summary: "totals, and sign-ups, logins and failures by day",
    options: ["from", "to"],
    async run(context, _args, values) {
      const answer = await call(context, "GET /api/admin/stats", { query: pick(values, ["from", "to"]) });
      return {
        json: answer,
        tables: [
          ["", [answer.totals]],
          ["By day", answer.days],
        ],
      };
    },
  },
  {
    usage: "notify <title> <content>",
    summary: "a notification to --users 1,2, to the holders of --role, or to --all; waits until it is sent",
    options: ["users", "role"],
    confirms: true,
    async run(context, [title, content], { users, role, all }) {
      const to = {
        ...(users !== undefined && { userIds: String(users).split(",") }),
        ...(role !== undefined && { roleId: Number(role) }),
        ...(all === true && { all }),
      };
      const { broadcastId } = await call(context, "POST /api/admin/notifications", { body: { title, content, ...to } });
      return awaitBroadcast(context, broadcastId);
    },
  },
  list("jobs list", "mails and other work that failed for good", "GET /api/admin/dead-jobs"),
  act("jobs replay", "tries one again", "POST /api/admin/dead-jobs/{id}/replay"),
  ...PROGRAM_COMMANDS,
];

const ASK_AGAIN_MS = 1_000;

/** It goes on by itself, also if nobody waits. */
async function awaitBroadcast(context: Context, broadcastId: string): Promise<Output> {
  const progress = createProgress();
  for (;;) {
    const answer = await call(context, "GET /api/admin/notifications/{broadcastId}", { path: { broadcastId } });
    if (answer.state === "sent") {
      progress.clear();
      return { json: answer, lines: [`Sent (${broadcastId}).`] };
    }
    progress.show(`${answer.state}, ${Math.floor(100 * answer.share)} % of the accounts`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function roleFields(values: Values): object {
  const { permissions, ...others } = pick(values, ["name", "description", "permissions"]);
  return {
    ...others,
    ...(permissions !== undefined && { permissions: listed(values, "permissions") }),
  };
}
