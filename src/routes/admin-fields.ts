/** Fields of the administration routes: roles, filters of the audit log, periods. */
import * as z from "zod/mini";
import { countUpTo, PageQuery } from "../http/lists.ts";
import { Id, invalid, RoleDescription } from "./fields.ts";

const Permission = z
  .string()
  .check(z.maxLength(101), z.regex(/^(\*|[a-z][a-z0-9_-]{0,49}:([a-z][a-z0-9_-]{0,49}|\*))$/));

/**
 * Every access token carries the permissions, and proxies stop at 8 KiB of headers: hence the limit on their total
 * size.
 */
const MAX_PERMISSIONS_LENGTH = 4_096;
export const Permissions = z
  .pipe(
    z.array(Permission).check(z.maxLength(100)),
    z.transform((permissions) => [...new Set(permissions)]),
  )
  .check(
    z.refine(
      (permissions) => JSON.stringify(permissions).length <= MAX_PERMISSIONS_LENGTH,
      invalid("Trop de permissions pour un jeton", "Too many permissions for a token"),
    ),
  );

/** A name is an identifier, so no two may look alike; the description is for people. */
export const NewRole = z.strictObject({
  name: z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,49}$/)),
  description: z._default(RoleDescription, ""),
  permissions: z._default(Permissions, []),
});
/** Without defaults: omitted fields stay unchanged. */
export const RoleChange = z.strictObject({
  name: z.optional(NewRole.shape.name),
  description: z.optional(RoleDescription),
  permissions: z.optional(Permissions),
});

const EPOCH = new Date(0);
const FAR_AWAY = new Date("9999-01-01");

const Instant = z.pipe(
  z.pipe(
    z.union([z.iso.datetime({ offset: true }), z.iso.date()]),
    z.transform((text) => new Date(text)),
  ),
  z.date().check(z.minimum(EPOCH), z.maximum(FAR_AWAY)),
);

/** `type:id`. */
const Target = z.pipe(
  z.string().check(z.regex(/^[a-z_]{1,50}:[\w-]{1,100}$/)),
  z.transform((text) => {
    const [type = "", id = ""] = text.split(":");
    return { type, id };
  }),
);

export const AuditQuery = z.extend(PageQuery, {
  actor: z.optional(Id),
  action: z.optional(z.string().check(z.regex(/^[a-z0-9_]{1,50}\.[a-z0-9_]{1,49}$/))),
  target: z.optional(Target),
  from: z.optional(Instant),
  to: z.optional(Instant),
});

const AuditAnchor = z.pipe(
  z.string().check(z.regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/)),
  z.transform((text) => {
    const [id = "", hash = ""] = text.split(":");
    return { id: Number(id), hash };
  }),
);

export const VerificationQuery = z.object({
  limit: countUpTo({ max: 50_000, default: 10_000 }),
  anchor: z.optional(AuditAnchor),
});

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const Day = z.iso
  .date()
  .check(
    z.refine(
      (day) => new Date(day) >= EPOCH && new Date(day) <= FAR_AWAY,
      invalid("Date hors limites", "Date out of bounds"),
    ),
  );

/** Includes both days; without them, the last 30 days. */
export const Period = z
  .pipe(
    z.object({ from: z.optional(Day), to: z.optional(Day) }),
    z.transform(({ from, to = dayOf(from === undefined ? Date.now() : Date.parse(from) + 29 * DAY_MS) }) => ({
      from: from ?? dayOf(Date.parse(to) - 29 * DAY_MS),
      to,
    })),
  )
  .check(
    z.refine(
      ({ from, to }) => from <= to && Date.parse(to) - Date.parse(from) < MAX_DAYS * DAY_MS,
      invalid(`Période invalide : de 1 à ${MAX_DAYS} jours`, `Invalid period: 1 to ${MAX_DAYS} days`),
    ),
  );
