/** What the routes of administration take: roles, filters of the audit log, periods. */
import * as z from "zod";
import { PageQuery } from "../http/pages.ts";
import { Id, RoleDescription } from "./fields.ts";

const invalid = (fr: string, en: string) => ({ params: { text: { fr, en } } });

const Permission = z
  .string()
  .max(101)
  .regex(/^(\*|[a-z][a-z0-9_-]{0,49}:([a-z][a-z0-9_-]{0,49}|\*))$/);

/** Every access token carries them, and proxies stop at 8 KiB of headers: hence the bound on all of them together. */
const MAX_PERMISSIONS_LENGTH = 4_096;
const Permissions = z
  .array(Permission)
  .max(100)
  .transform((permissions) => [...new Set(permissions)])
  .refine(
    (permissions) => JSON.stringify(permissions).length <= MAX_PERMISSIONS_LENGTH,
    invalid("Trop de permissions pour un jeton", "Too many permissions for a token"),
  );

/** A name is an identifier, so that no two look alike; the description is for people. */
export const NewRole = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/),
  description: RoleDescription.default(""),
  permissions: Permissions.default([]),
});
/** Without defaults: what is left out stays as it is. */
export const RoleChange = z.object({
  name: NewRole.shape.name.optional(),
  description: RoleDescription.optional(),
  permissions: Permissions.optional(),
});

const EPOCH = new Date(0);
const FAR_AWAY = new Date("9999-01-01");

const Instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => new Date(text))
  .pipe(z.date().min(EPOCH).max(FAR_AWAY));

/** `type:id`. */
const Target = z
  .string()
  .regex(/^[a-z_]{1,50}:[\w-]{1,100}$/)
  .transform((text) => {
    const [type = "", id = ""] = text.split(":");
    return { type, id };
  });

export const AuditQuery = PageQuery.extend({
  actor: Id.optional(),
  action: z
    .string()
    .regex(/^[a-z0-9_]{1,50}\.[a-z0-9_]{1,49}$/)
    .optional(),
  target: Target.optional(),
  from: Instant.optional(),
  to: Instant.optional(),
});

const AuditAnchor = z
  .string()
  .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/)
  .transform((text) => {
    const [id = "", hash = ""] = text.split(":");
    return { id: Number(id), hash };
  });

export const VerificationQuery = z.object({
  limit: z.coerce.number().int().min(1).max(50_000).default(10_000),
  anchor: AuditAnchor.optional(),
});

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const Day = z.iso
  .date()
  .refine(
    (day) => new Date(day) >= EPOCH && new Date(day) <= FAR_AWAY,
    invalid("Date hors limites", "Date out of bounds"),
  );

/** Both days included; the last 30 without either. */
export const Period = z
  .object({ from: Day.optional(), to: Day.optional() })
  .transform(({ from, to = dayOf(from === undefined ? Date.now() : Date.parse(from) + 29 * DAY_MS) }) => ({
    from: from ?? dayOf(Date.parse(to) - 29 * DAY_MS),
    to,
  }))
  .refine(
    ({ from, to }) => from <= to && Date.parse(to) - Date.parse(from) < MAX_DAYS * DAY_MS,
    invalid(`Période invalide : de 1 à ${MAX_DAYS} jours`, `Invalid period: 1 to ${MAX_DAYS} days`),
  );
