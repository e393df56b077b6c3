/** The documents' limits equal the code's, so that neither can change alone. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/http/rate-limit.ts";
import { PAGE_SIZE } from "../../src/http/lists.ts";
import { MAILS_AN_HOUR, MAILS_AN_HOUR_IN_ALL } from "../../src/services/events/mail-cap.ts";
import { POLICIES } from "../../src/services/login/throttle.ts";
import { numberIn, read } from "../support/documentation.ts";
import { tableIn } from "../support/tables.ts";

const GUIDE = "docs/auth-api.md";
const SECURITY = "docs/security.md";
const count = (value: number) => value.toLocaleString("en");
const mebibytes = (bytes: number) => `${bytes / 1024 ** 2} MiB`;

describe("the table of limits", () => {
  test("has each limit's requests per minute and per hour, and what happens without its counter", () => {
    const written = tableIn(read(GUIDE), "limit", "a minute", "an hour").map(([name, minute, hour, , failure]) => [
      name,
      minute,
      hour,
      failure,
    ]);
    const kept = Object.entries(LIMITS).map(([name, rule]) => [
      `\`${name}\``,
      String(rule.burst),
      "hourly" in rule ? String(rule.hourly) : "",
      "failClosed" in rule ? "503" : "lets the request pass",
    ]);
    expect(written).toEqual(kept);
  });

  test("equals the bindings of every environment", () => {
    const bindings = [
      ...read("wrangler.toml").matchAll(/name = "LIMIT_(\d+)"\n.*\nsimple = \{ limit = (\d+), period = 60 \}/g),
    ];
    const allowed = bindings.map(([, name, limit]) => [Number(name), Number(limit)]);
    const bursts = [...new Set(Object.values(LIMITS).map(({ burst }) => burst))];
    expect(allowed.map(([name]) => name)).toEqual([...bursts, ...bursts].map(() => expect.any(Number)));
    for (const burst of bursts)
      expect(allowed.filter(([name, limit]) => name === burst && limit === burst)).toHaveLength(2);
  });
});

test("the rules for failed guesses equal the code's", () => {
  const rules = tableIn(read(SECURITY), "layer", "where", "counts").map((cells) => cells.at(-1));
  const { password, second_factor: code, mail, email_change: email } = POLICIES;
  const { reset_password: anybody, notice, email_code: codeMails } = MAILS_AN_HOUR;
  const tries = numberIn("src/services/login/challenge.ts", /CHALLENGE_TRIES = (\d+)/);
  expect(mail).toMatchObject({ firstWaitSeconds: 60, pause: { every: 10, seconds: 3600 } });
  expect(numberIn("src/http/rate-limit.ts", /pauseSeconds: (\d+)/)).toBe(60);
  expect(numberIn("src/http/rate-limit.ts", /pauseSeconds: \d+, hourly: (\d+)/)).toBe(10);
  expect(rules.slice(2)).toEqual([
    `passwords: from the ${password.freeFailures}th failure a wait of ${password.firstWaitSeconds} s, doubling to ${password.maxWaitSeconds / 60} min; success or 24 h without one clears it`,
    `from the ${code.freeFailures}th failure, one try in ${code.maxWaitSeconds / 60} minutes; ${tries} tries a challenge`,
    "one a minute; a pause of an hour after ten",
    "one a minute; a pause of an hour after ten",
    `${email.freeFailures === 3 ? "three" : ""}, then a wait of ${email.firstWaitSeconds / 60} min, doubling to ${email.maxWaitSeconds / 60} min`,
    `${numberIn("drizzle/functions/audit_logs_bounded.sql", /OFFSET (\d+)/) + 1} an hour of each kind`,
    "one a minute, ten an hour; beyond that 202 and no mail",
    `one a minute for each kind; an hour ${anybody} that anybody can ask for, ${notice} with notices, ${codeMails} with codes and invitations, ${MAILS_AN_HOUR_IN_ALL} in all`,
  ]);
});

test("the business limits equal the code's", () => {
  const movedAtOnce = numberIn("src/services/access/role-removal.ts", /MOVED_AT_ONCE = (\d+)/);
  const slicesAtOnce = numberIn("drizzle/functions/count_totals.sql", /min\(id\) LIMIT (\d+)/);
  const hub = (name: string) => numberIn("src/hub/hub.ts", new RegExp(`${name} = (\\d+)`));
  const kept: [what: string, limit: string][] = [
    ["requests", "[table](auth-api.md#conventions)"],
    ["failures, codes, mails", "[above](#brute-force)"],
    [
      "hashes of an isolate",
      `half of its time; who would wait for over ${numberIn("src/platform/hash-turns.ts", /stranger: ([\d_]+)/) / 1000} s gets 503, on a known device or signed in ${numberIn("src/platform/hash-turns.ts", /known: ([\d_]+)/) / 1000} s`,
    ],
    [
      "an IPv6 /48",
      `${numberIn("src/http/rate-limit.ts", /NETWORK_BURST = (\d+)/)} requests a minute, of each limit that answers 503 without its counter`,
    ],
    [
      "holders of a role to be deleted",
      `no limit; moved to its replacement ${movedAtOnce} in a transaction, ${count(movedAtOnce * numberIn("src/services/access/role-removal.ts", /BATCHES_A_JOB = (\d+)/))} in a job`,
    ],
    [
      "sessions of an account",
      `${numberIn("src/services/sessions/session.ts", /MAX_SESSIONS = (\d+)/)}: a login ends those unused for longest`,
    ],
    [
      "devices remembered of an account",
      `${numberIn("src/services/login/known-devices.ts", /MAX_DEVICES = (\d+)/)}: the least recently seen are forgotten`,
    ],
    [
      "factors",
      `one TOTP, e-mail codes, ${numberIn("src/services/factors/passkey-enrolment.ts", /MAX_PASSKEYS = (\d+)/)} passkeys, ${numberIn("src/crypto/one-time-code.ts", /generateRecoveryCodes\(count = (\d+)\)/)} recovery codes`,
    ],
    [
      "API keys of an account",
      `${numberIn("src/services/applications/api-keys.ts", /MAX_API_KEYS = (\d+)/)}; ${count(numberIn("src/routes/api-keys.ts", /MAX_DAYS = ([\d_]+)/))} days each at most`,
    ],
    [
      "sockets of a user",
      `${hub("MAX_SOCKETS")}; ${hub("MAX_MESSAGES_A_MINUTE")} messages a minute each; ${numberIn("src/hub/frames.ts", /MAX_FRAME_BYTES = ([\d *]+)/) / 1024} KiB each`,
    ],
    [
      "page of a list",
      `${PAGE_SIZE.max}; a list of sessions in an account's details ${numberIn("src/services/administration/directory.ts", /last_used_at desc limit (\d+)/)}, of logins ${numberIn("src/services/administration/directory.ts", /order by id desc limit (\d+)/)}`,
    ],
    [
      "import",
      `${count(numberIn("src/routes/admin.ts", /MAX_IMPORTED = ([\d_]+)/))} lines, ${mebibytes(numberIn("src/http/body.ts", /x-ndjson", maxBytes: ([\d *]+)/))}`,
    ],
    [
      "broadcast",
      `${count(numberIn("src/routes/notifications.ts", /z\.array\(UserId\)\.check\(z\.minLength\(1\), z\.maxLength\(([\d_]+)\)/))} named users, or a role, or all; ${numberIn("src/services/events/broadcast-ranges.ts", /MOST_RANGES = (\d+)/)} ranges of ids side by side, ${numberIn("src/services/events/broadcast-ranges.ts", /USERS_AT_ONCE = (\d+)/)} users a statement`,
    ],
    [
      "role",
      `${numberIn("src/routes/admin-fields.ts", /\.array\(Permission\)\.check\(z\.maxLength\((\d+)\)/)} permissions, ${count(numberIn("src/routes/admin-fields.ts", /MAX_PERMISSIONS_LENGTH = ([\d_]+)/))} characters together`,
    ],
    [
      "access token",
      `${count(numberIn("src/crypto/access-token-verification.ts", /MAXIMUM_TOKEN_CHARACTERS = (\d+)/))} characters`,
    ],
    [
      "walk of the audit log",
      `${count(numberIn("src/routes/admin-fields.ts", /countUpTo\(\{ max: ([\d_]+)/))} records a request`,
    ],
    [
      "statistics",
      `${numberIn("src/routes/admin-fields.ts", /MAX_DAYS = (\d+)/)} days; totals by ${count(slicesAtOnce)} slices of a thousand accounts, and 10,000 changes, at once`,
    ],
    [
      "retention",
      `every night until it is done, ${numberIn("src/services/accounts/retention.ts", /BATCHES_A_RUN = (\d+)/)} batches a job`,
    ],
  ];
  expect(tableIn(read(SECURITY), "what", "limit")).toEqual(kept);
});
