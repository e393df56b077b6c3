/** What `PATCH /api/admin/users/:id` writes, and how later statements of the batch know what it changed. */
import { sql, type SQL } from "drizzle-orm";
import { remembered, updateRemembering } from "../../db/batch.ts";
import { invalidField } from "../../errors.ts";
import type { Actor } from "../access/actor.ts";

export interface UserChange {
  /** Canonical. Takes effect at once, for owners who have lost their mailbox; unproven unless `isVerified` comes with it. */
  email?: string | undefined;
  /** The administrator vouches for the address. */
  isVerified?: true | undefined;
  prenom?: string | undefined;
  nom?: string | undefined;
  isActive?: boolean | undefined;
  roleId?: number | undefined;
}

/**
 * Administrators prove their own address from its mailbox like everybody else: a stolen session must not be able to move it.
 * @throws AppError validation_failed
 */
export function refuseOwnAddress(actor: Actor, userId: number, change: UserChange): void {
  const field = (["email", "isVerified"] as const).find((name) => change[name] !== undefined);
  if (userId !== actor.userId || field === undefined) return;
  throw invalidField(`#/${field}`, {
    fr: "Votre propre adresse se change et se confirme depuis votre compte",
    en: "Your own address is changed and confirmed from your account",
  });
}

/** Whether the change that the batch has just made set these fields to these values: what was so before is no change. */
export const became = (fields: UserChange) => sql`${remembered} -> 'after' @> ${JSON.stringify(fields)}::jsonb`;

/**
 * An account that was proven keeps what it holds when the new mailbox is proven: users_mailbox_proven.sql reads that from
 * a proof that is due in infinity.
 */
export function updateUser(userId: number, change: UserChange): SQL {
  const email = sql`${change.email ?? null}::text`;
  const isReaddressed = sql`coalesce(${email} <> email, false)`;
  return updateRemembering({
    table: "users",
    id: userId,
    values: sql`
      email = coalesce(${email}, email),
      is_verified = case when ${isReaddressed} then false else is_verified end or ${change.isVerified ?? false}::boolean,
      proof_due_at = case when ${isReaddressed} and is_verified then 'infinity' else proof_due_at end,
      prenom = coalesce(${change.prenom ?? null}, prenom),
      nom = coalesce(${change.nom ?? null}, nom),
      is_active = coalesce(${change.isActive ?? null}::boolean, is_active),
      role_id = coalesce(${change.roleId ?? null}::int, role_id)`,
    facts: {
      email: "email",
      isVerified: "is_verified",
      prenom: "prenom",
      nom: "nom",
      isActive: "is_active",
      roleId: "role_id",
    },
  });
}
