/** Commands about programs: applications that sign people in here, the API keys of accounts, webhooks. */
import type { OperationName } from "../../src/client/index.ts";
import { act, call, list, listed, pick, said, type Command, type Values } from "./command.ts";
import type { Output } from "./output.ts";
import { rowsOf } from "./tables.ts";

/** A secret is shown once: here, and to nobody else. */
const withSecret = (answer: { message: string; secret?: string }): Output => ({
  json: answer,
  lines: [answer.message, ...(answer.secret === undefined ? [] : [`Secret: ${answer.secret}`])],
});

const APPLICATION_LISTS = {
  permissions: "permissions",
  audiences: "audiences",
  redirects: "redirectUris",
  "after-logout": "postLogoutRedirectUris",
};
const APPLICATION_OPTIONS = [...Object.keys(APPLICATION_LISTS), "backchannel", "first-party"];

function applicationFields({ backchannel, "first-party": firstParty, ...values }: Values): object {
  const lists = Object.entries(APPLICATION_LISTS).map(([option, field]) => [field, listed(values, option)] as const);
  if (firstParty !== undefined && firstParty !== "yes" && firstParty !== "no")
    throw new Error("--first-party is yes or no");
  return {
    ...Object.fromEntries(lists.filter(([, value]) => value !== undefined)),
    ...(backchannel !== undefined && { backchannelLogoutUri: backchannel || null }),
    ...(firstParty !== undefined && { isFirstParty: firstParty === "yes" }),
  };
}

/** With the options given, all of them fields of the body. */
function change(
  usage: string,
  summary: string,
  name: OperationName,
  bodyOf: (values: Values) => object,
  options: string[],
): Command {
  return {
    usage,
    summary,
    options,
    confirms: true,
    run: async (context, [id], values) => said(await call(context, name, { path: { id }, body: bodyOf(values) })),
  };
}

const webhookFields = (values: Values) => ({
  ...pick(values, ["url", "description"]),
  ...(values["events"] !== undefined && { events: listed(values, "events") }),
});

export const PROGRAM_COMMANDS: Command[] = [
  list(
    "applications list",
    "applications that sign people in here, or have tokens of their own",
    "GET /api/admin/applications",
  ),
  {
    usage: "applications create <name>",
    summary:
      "with --redirects, --after-logout, --audiences and --permissions, each a list with commas; --backchannel, the address that hears of logouts; --first-party yes, if nobody need be asked; --public if it can keep no secret",
    options: APPLICATION_OPTIONS,
    async run(context, [name], values) {
      const body = { name, ...applicationFields(values), ...(values["public"] === true && { isPublic: true }) };
      const answer = await call(context, "POST /api/admin/applications", { body });
      const { json, lines = [] } = withSecret(answer);
      return { json, lines: [...lines, `Client id: ${answer.application.id}`] };
    },
  },
  change(
    "applications change <id>",
    'its --name, or what it was created with; "" empties one',
    "PATCH /api/admin/applications/{id}",
    (values) => ({ ...pick(values, ["name"]), ...applicationFields(values) }),
    ["name", ...APPLICATION_OPTIONS],
  ),
  act("applications disable", "nobody signs in to it, and its tokens end", "PATCH /api/admin/applications/{id}", {
    isActive: false,
  }),
  act("applications enable", "the contrary", "PATCH /api/admin/applications/{id}", { isActive: true }),
  act("applications delete", "deletes it, and ends its tokens", "DELETE /api/admin/applications/{id}"),
  {
    usage: "applications secret <id>",
    summary: "a new secret; the one before works for --overlap seconds more",
    options: ["overlap"],
    confirms: true,
    async run(context, [id], { overlap }) {
      const body = overlap === undefined ? {} : { overlapSeconds: Number(overlap) };
      return withSecret(await call(context, "POST /api/admin/applications/{id}/secret", { path: { id }, body }));
    },
  },
  {
    usage: "keys list <userId>",
    summary: "the API keys of an account",
    async run(context, [id]) {
      const answer = await call(context, "GET /api/admin/users/{id}/api-keys", { path: { id } });
      return { json: answer, tables: [["", rowsOf("GET /api/admin/users/{id}/api-keys", answer.apiKeys)]] };
    },
  },
  {
    usage: "keys revoke <userId> <keyId>",
    summary: "the program that uses it no longer has access",
    confirms: true,
    run: async (context, [id, keyId]) =>
      said(await call(context, "DELETE /api/admin/users/{id}/api-keys/{keyId}", { path: { id, keyId } })),
  },
  list("webhooks list", "who is told of events", "GET /api/admin/webhooks"),
  {
    usage: "webhooks create <url>",
    summary: "with --events a,b and --description",
    options: ["events", "description"],
    async run(context, [url], values) {
      const body = { ...webhookFields(values), url };
      return withSecret(await call(context, "POST /api/admin/webhooks", { body }));
    },
  },
  change(
    "webhooks change <id>",
    "where it is sent (--to), its --events or --description",
    "PATCH /api/admin/webhooks/{id}",
    ({ to, ...values }) => webhookFields({ ...values, url: to }),
    ["to", "events", "description"],
  ),
  act("webhooks disable", "sends it nothing more", "PATCH /api/admin/webhooks/{id}", { isActive: false }),
  act("webhooks enable", "the contrary", "PATCH /api/admin/webhooks/{id}", { isActive: true }),
  act("webhooks delete", "deletes it with its deliveries", "DELETE /api/admin/webhooks/{id}"),
  {
    usage: "webhooks secret <id>",
    summary: "a new secret; the one before signs too for a day",
    confirms: true,
    run: async (context, [id]) =>
      withSecret(await call(context, "POST /api/admin/webhooks/{id}/secret", { path: { id } })),
  },
  act("webhooks test", "sends the event webhook.test", "POST /api/admin/webhooks/{id}/test"),
  {
    usage: "webhooks deliveries <id>",
    summary: "what was sent in the last 30 days, newest first",
    options: ["limit", "cursor"],
    async run(context, [id], values) {
      const name = "GET /api/admin/webhooks/{id}/deliveries";
      const answer = await call(context, name, { path: { id }, query: pick(values, ["limit", "cursor"]) });
      return { json: answer, tables: [["", rowsOf(name, answer.data)]], next: answer.pagination.nextCursor };
    },
  },
  {
    usage: "webhooks replay <id> [deliveryId]",
    summary: "sends one delivery again, or all that failed --since a time",
    options: ["since"],
    confirms: true,
    run: async (context, [id, deliveryId], { since }) =>
      said(
        deliveryId === undefined
          ? await call(context, "POST /api/admin/webhooks/{id}/replay", { path: { id }, body: { since } })
          : await call(context, "POST /api/admin/webhooks/{id}/deliveries/{deliveryId}/replay", {
              path: { id, deliveryId },
            }),
      ),
  },
];
