/** Imports accounts with their existing hashes: all rows in one trip, and no hash is computed. */
import { sql } from "drizzle-orm";
import { isImportablePasswordHash } from "../../crypto/password-hash.ts";
import { remember, remembered } from "../../db/batch.ts";
import type { FieldError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened } from "../events/happened.ts";
import { asAdmin } from "../access/authority.ts";
import type { Actor } from "../access/actor.ts";
import { freeOfDeleted, takeTurnsWithAll } from "../login/federated.ts";

export interface ImportedUser {
  /** Canonical. */
  email: string;
  prenom: string;
  nom: string;
  /** Not needed beside an identity. */
  passwordHash?: string | undefined;
  role: number;
  isVerified: boolean;
  /** At configured providers. */
  identities: { provider: string; subject: string }[];
}

/** A line of the file: an account, or the error in it. */
export type ImportLine = { line: number; value: ImportedUser } | { line: number; errors: FieldError[] };

export interface ImportOutcome {
  line: number;
  /** `refused`: the actor lacks a permission of the role. */
  status: "created" | "exists" | "invalid" | "refused";
  id?: string;
  errors?: FieldError[];
}

/** One outcome per line, in order. An address that occurs twice is created once: by its first valid line. */
export async function importUsers(platform: Platform, actor: Actor, lines: ImportLine[]): Promise<ImportOutcome[]> {
  const checked = lines.map((line) => checkLine(platform, line));
  const rows = checked.flatMap((line) => ("value" in line ? [{ line: line.line, ...line.value }] : []));
  const identities = rows.flatMap(({ line, identities: own }) =>
    own.map(({ provider, subject }) => ({ line, issuer: issuerOf(platform, provider), subject })),
  );
  const shown = sql`jsonb_to_recordset(${JSON.stringify(identities)}::jsonb) as s (line int, issuer text, subject text)`;
  const turns = [platform.db.execute(takeTurnsWithAll(shown))];
  const { imported } = await asAdmin(
    platform,
    actor,
    {
      freed: platform.db.execute(
        freeOfDeleted(sql`(i.issuer, i.subject) in (select s.issuer, s.subject from ${shown})`),
      ),
      imported: platform.db.execute<{ outcomes: string }>(sql`
      with input as (
        select i.*, r.id is not null as known, holds_all(permissions_of(${actor.userId}::int), r.permissions) as grantable
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          as i (line int, email text, prenom text, nom text, "passwordHash" text, role int, "isVerified" boolean)
        left join roles r on r.id = i.role and r.replacement_id is null
      ), shown as (
        select s.*, row_number() over (partition by issuer, subject order by line) as place from ${shown}
      ), taken as (
        select s.line from shown s left join identities i using (issuer, subject) where i.id is not null or s.place > 1
      ), chosen as (
        select distinct on (email) * from input
        where known and grantable and line not in (select line from taken) order by email, line
      ), created as (
        insert into users (email, password_hash, prenom, nom, role_id, is_verified)
        select email, "passwordHash", prenom, nom, role, "isVerified" from chosen order by line
        on conflict (email) where deleted_at is null do nothing
        returning id, email
      ), linked as (
        insert into identities (user_id, issuer, subject)
        select created.id, s.issuer, s.subject from created join chosen using (email) join shown s using (line)
      ), outcomes as (
        select i.line, created.id, case
            when not i.known then 'unknown_role'
            when not i.grantable then 'refused'
            when created.id is not null then 'created'
            when exists (select from users u where u.email = i.email and u.deleted_at is null) then 'exists'
            when i.line in (select line from taken) then 'identity_taken'
            else 'exists'
          end as status
        from input i
        left join chosen using (line)
        left join created on created.email = chosen.email
      )
      select ${remember(sql`coalesce(jsonb_agg(jsonb_build_object('line', line, 'status', status, 'id', id)), '[]')`)} as outcomes
      from outcomes`),
      ...happened(platform, {
        event: "users.imported",
        actorId: actor.userId,
        target: ["users", null],
        metadata: sql`jsonb_build_object('lines', ${lines.length}::int,
        'createdIds', jsonb_path_query_array(${remembered}, '$[*] ? (@.status == "created").id'))`,
      }),
    },
    undefined,
    turns,
  );
  const outcomes = JSON.parse(imported.rows[0]!.outcomes) as StoredOutcome[];
  const byLine = new Map(outcomes.map((outcome) => [outcome.line, outcome]));
  return checked.map((line) => ("errors" in line ? { ...line, status: "invalid" } : toOutcome(byLine.get(line.line)!)));
}

interface StoredOutcome {
  line: number;
  status: "created" | "exists" | "refused" | "unknown_role" | "identity_taken";
  id: number | null;
}

function toOutcome({ line, status, id }: StoredOutcome): ImportOutcome {
  if (status === "unknown_role") return { line, status: "invalid", errors: [UNKNOWN_ROLE] };
  if (status === "identity_taken") return { line, status: "invalid", errors: [IDENTITY_TAKEN] };
  return { line, status, ...(id !== null && { id: String(id) }) };
}

const issuerOf = ({ config }: Platform, provider: string) =>
  config.FEDERATION.find(({ id }) => id === provider)?.issuer;

/** Refuse hashes that no login could ever match, or that would cost a login too much, and identities that nobody could use. */
function checkLine(platform: Platform, line: ImportLine): ImportLine {
  if ("errors" in line) return line;
  const { passwordHash, identities } = line.value;
  const unknown = identities.findIndex(({ provider }) => issuerOf(platform, provider) === undefined);
  const errors = [
    ...(passwordHash !== undefined && !isImportablePasswordHash(passwordHash) ? [UNSUPPORTED_HASH] : []),
    ...(passwordHash === undefined && identities.length === 0 ? [NO_WAY_IN] : []),
    ...(unknown < 0 ? [] : [{ ...UNKNOWN_PROVIDER, pointer: `#/identities/${unknown}/provider` }]),
  ];
  return errors.length > 0 ? { line: line.line, errors } : line;
}

const UNKNOWN_ROLE: FieldError = {
  pointer: "#/role",
  detail: { fr: "Ce rôle n'existe pas", en: "This role does not exist" },
};
const UNSUPPORTED_HASH: FieldError = {
  pointer: "#/passwordHash",
  detail: {
    fr: "Hash non pris en charge : bcrypt (coût 4 à 12), argon2 ou scrypt (PHC, 64 Mio et 342 Mio × passes au plus)",
    en: "Unsupported hash: bcrypt (cost 4 to 12), argon2 or scrypt (PHC, 64 MiB and 342 MiB × passes at most)",
  },
};
const NO_WAY_IN: FieldError = {
  pointer: "#/passwordHash",
  detail: { fr: "Obligatoire sans identité", en: "Required without an identity" },
};
const UNKNOWN_PROVIDER = {
  detail: { fr: "Ce fournisseur n'est pas configuré", en: "This provider is not configured" },
};
const IDENTITY_TAKEN: FieldError = {
  pointer: "#/identities",
  detail: { fr: "Identité déjà associée à un autre compte", en: "This identity belongs to another account" },
};
