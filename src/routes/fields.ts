/** The fields that more than one route takes: what a valid value is, and its one canonical form. */
import * as z from "zod/mini";

/** The texts of a rule that is none of zod's own. */
export const invalid = (fr: string, en: string) => ({ params: { text: { fr, en } } });

/**
 * Control characters, line separators and lone surrogates have no place in a name, and PostgreSQL refuses NUL; a change of
 * text direction would let a name rewrite the line that it stands in, in a mail or an administrator's list.
 */
const isPlainText = (text: string) =>
  text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text);
/** Not all of zero width, blank by another name (U+2800, the braille without a dot), or marks on nothing. */
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

/** A number as a path or a query has it. */
export const numeral = (pattern: RegExp) =>
  z.pipe(
    z.string().check(z.regex(pattern)),
    z.transform((text) => Number(text)),
  );

/** The id of an account, or of whatever else counts from 1, as a path or a query has it. */
export const Id = z.pipe(numeral(/^[1-9]\d{0,9}$/), z.number().check(z.maximum(2_147_483_647)));
/** The seeded roles count from 0. */
export const RoleId = z.union([
  z.pipe(
    z.literal("0"),
    z.transform(() => 0),
  ),
  Id,
]);

export const PersonName = plainText(1, 100);
export const Telephone = z.string().check(z.trim(), z.regex(/^\+?[0-9][0-9 ().-]{4,30}$/));
/** What is searched for; no control characters, which PostgreSQL may refuse. */
export const SearchText = plainText(1, 100);
export const RoleDescription = plainText(0, 500);
export const Locale = z.enum(["fr", "en"]);
export const Transport = z._default(z.enum(["body", "cookie"]), "body");

/** A text from a cursor of ours: what stood in a column. */
export const CursorText = z.string().check(z.maxLength(255), z.refine(isPlainText));

/** Any characters; the length that counts, after normalisation, is the password service's to check. */
export const Password = z.string().check(
  z.minLength(1),
  z.maxLength(1024),
  z.refine((text) => text.isWellFormed(), invalid("Caractères interdits", "Forbidden characters")),
);

export const Token = z.string().check(z.minLength(1), z.maxLength(8192));
/** Of an app, a mail or the list of recovery codes; as typed, spaces and dashes included. */
export const Code = z.string().check(z.trim(), z.minLength(6), z.maxLength(40));

const EMAIL_MAX_LENGTH = 254;
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
/** What the URL parser would take for something else than a host. */
const NOT_A_HOST = /[\s/?#@:%\\[\]<>^|]/;

/** Canonical once (trim, NFKC, lower case, domain to punycode), valid after that, and canonical everywhere. */
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
