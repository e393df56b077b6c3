/** Fields that several routes take: their valid values and their canonical form. */
import * as z from "zod/mini";
import { API_KEY_ID } from "../crypto/api-key.ts";
import type { FACTORS, SecondFactor } from "../services/factors/list.ts";

/** Messages for rules that zod does not have. */
export const invalid = (fr: string, en: string) => ({ params: { text: { fr, en } } });

/**
 * Texts must not contain control characters, line separators or lone surrogates, and PostgreSQL refuses NUL; a change
 * of text direction would let a name rewrite its line in a mail or an administrator's list.
 */
const isPlainText = (text: string) =>
  text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text);
/**
 * Refuses texts of only zero-width characters, invisible ones (U+2800, the blank braille pattern) or combining marks.
 */
const isVisible = (text: string) => /[^\p{Default_Ignorable_Code_Point}\p{Cf}\p{M}\p{Z}\u2800]/u.test(text);
const isPlainTextInLines = (text: string) => isPlainText(text.replaceAll(/\r?\n|\t/g, " "));

export const plainText = (minLength: number, maxLength: number, { lines = false } = {}) =>
  z.pipe(
    z.pipe(
      z.string().check(z.maxLength(4 * maxLength)),
      z.transform((text) => text.normalize("NFC").trim()),
    ),
    z.string().check(
      z.minLength(minLength),
      z.maxLength(maxLength),
      z.refine(
        (text) => (lines ? isPlainTextInLines(text) : isPlainText(text)) && (text === "" || isVisible(text)),
        invalid("Caractères interdits", "Forbidden characters"),
      ),
    ),
  );

/** A number in a path or a query. */
export const numeral = (pattern: RegExp) =>
  z.pipe(
    z.string().check(z.regex(pattern)),
    z.transform((text) => Number(text)),
  );

/** An id that counts from 1, in a path or a query. */
export const Id = z.pipe(numeral(/^[1-9]\d{0,9}$/), z.number().check(z.maximum(2_147_483_647)));
/** The seeded roles count from 0. */
export const RoleId = z.union([
  z.pipe(
    z.literal("0"),
    z.transform(() => 0),
  ),
  Id,
]);

export const ApiKeyId = z.string().check(z.regex(API_KEY_ID));
const MAX_OVERLAP_SECONDS = 7 * 86_400;
/** Of a rotation: how long the secret before works too. */
export const Overlap = z.strictObject({
  overlapSeconds: z._default(z.int().check(z.minimum(0), z.maximum(MAX_OVERLAP_SECONDS)), 86_400),
});
export const PersonName = plainText(1, 100);
export const Telephone = z.string().check(z.trim(), z.regex(/^\+?[0-9][0-9 ().-]{4,30}$/));
/** A search term; no control characters, which PostgreSQL may refuse. */
export const SearchText = plainText(1, 100);
export const RoleDescription = plainText(0, 500);
export const Locale = z.enum(["fr", "en"]);
export const Transport = z._default(z.enum(["body", "cookie"]), "body");

/** A text from one of our cursors: a column's value. */
export const CursorText = z.string().check(z.maxLength(255), z.refine(isPlainText));

/** Any characters; the password service checks the length after normalisation. */
export const Password = z.string().check(
  z.minLength(1),
  z.maxLength(1024),
  z.refine((text) => text.isWellFormed(), invalid("Caractères interdits", "Forbidden characters")),
);

export const Token = z.string().check(z.minLength(1), z.maxLength(8192));

/** What answers one of `factors`: `method` names it, the rest is its own. Those that are answered alike share an object. */
export function answerOf<Schema extends z.ZodMiniType>(
  factors: typeof FACTORS,
  around: (answer: { method: z.ZodMiniType<SecondFactor> }) => Schema,
): Schema {
  const alike = Map.groupBy(factors, ({ answer }) => answer);
  const objects = [...alike.values()].map((group) =>
    around({ method: z.enum(group.map(({ name }) => name)), ...group[0]!.answer }),
  );
  return objects.length === 1 ? objects[0]! : (z.discriminatedUnion("method", objects as never) as never);
}

const EMAIL_MAX_LENGTH = 254;
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
/** Characters that the URL parser does not read as part of a host. */
const NOT_A_HOST = /[\s/?#@:%\\[\]<>^|]/;

/**
 * Made canonical once (trim, NFKC, lower case, domain to punycode), then checked, and canonical everywhere after that.
 */
export const Email = z.pipe(
  z.string().check(z.maxLength(1024)),
  z.transform((address, context) => {
    const email = canonicaliseEmail(address);
    if (email === undefined) {
      context.issues.push({
        code: "custom",
        input: address,
        ...invalid("Adresse email invalide", "Invalid e-mail address"),
      });
      return z.NEVER;
    }
    return email;
  }),
);

export function canonicaliseEmail(address: string): string | undefined {
  const [localPart, domain, ...rest] = address.trim().normalize("NFKC").toLowerCase().normalize("NFKC").split("@");
  if (!localPart || !domain || rest.length > 0 || !LOCAL_PART.test(localPart) || localPart.length > 64)
    return undefined;
  if (NOT_A_HOST.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  const host = new URL(`http://${domain}`).hostname;
  const email = `${localPart}@${host}`;
  return DOMAIN.test(host) && email.length <= EMAIL_MAX_LENGTH ? email : undefined;
}
