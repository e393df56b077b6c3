/** Imports accounts with their existing hashes: all rows in one trip, and no hash is computed. */
import { sql } from "drizzle-orm";
import { isImportablePasswordHash } from "../../crypto/password-hash.ts";
import { remember, remembered } from "../../db/batch.ts";
import type { FieldError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened } from "../events/happened.ts";
import { asAdmin } from "../access/authority.ts";
import type { Actor } from "../access/actor.ts";

export interface ImportedUser {
  /** Canonical. */
  email: string;
  prenom: string;
  nom: string;
  passwordHash: string;
  role: number;
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
  const checked = lines.map(checkHash);
  const rows = checked.flatMap((line) => ("value" in line ? [{ line: line.line, ...line.value }] : []));
  const { imported } = await asAdmin(platform, actor, {
    imported: platform.db.execute<{ outcomes: string }>(sql`
      with input as (
        select i.*, r.id is not null as known, holds_all(permissions_of(${actor.userId}::int), r.permissions) as grantable
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          as i (line int, email text, prenom text, nom text, "passwordHash" text, role int)
        left join roles r on r.id = i.role and r.replacement_id is null
      ), chosen as (
        select distinct on (email) * from input where known and grantable order by email, line
      ), created as (
        insert into users (email, password_hash, prenom, nom, role_id)
        select email, "passwordHash", prenom, nom, role from chosen order by line
        on conflict (email) where deleted_at is null do nothing
        returning id, email
      ), outcomes as (
        select i.line, created.id, case
            when not i.known then 'unknown_role'
            when not i.grantable then 'refused'
            when created.id is not null then 'created'
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
  });
  const outcomes = JSON.parse(imported.rows[0]!.outcomes) as StoredOutcome[];
  const byLine = new Map(outcomes.map((outcome) => [outcome.line, outcome]));
  return checked.map((line) => ("errors" in line ? { ...line, status: "invalid" } : toOutcome(byLine.get(line.line)!)));
}

interface StoredOutcome {
  line: number;
  status: "created" | "exists" | "refused" | "unknown_role";
  id: number | null;
}

function toOutcome({ line, status, id }: StoredOutcome): ImportOutcome {
  if (status === "unknown_role") return { line, status: "invalid", errors: [UNKNOWN_ROLE] };
  return { line, status, ...(id !== null && { id: String(id) }) };
}

/** Refuse hashes that no login could ever match, or that would cost a login too much. */
function checkHash(line: ImportLine): ImportLine {
  if ("errors" in line || isImportablePasswordHash(line.value.passwordHash)) return line;
  return { line: line.line, errors: [UNSUPPORTED_HASH] };
}

const UNKNOWN_ROLE: FieldError = {
  pointer: "#/role",
  detail: { fr: "Ce rôle n'existe pas", en: "This role does not exist" },
};
const UNSUPPORTED_HASH: FieldError = {
  pointer: "#/passwordHash",
  detail: {
    fr: "Hash non pris en charge : bcrypt (coût 4 à 12) ou argon2 (PHC, 64 Mio et 342 Mio × passes au plus)",
    en: "Unsupported hash: bcrypt (cost 4 to 12) or argon2 (PHC, 64 MiB and 342 MiB × passes at most)",
  },
};
