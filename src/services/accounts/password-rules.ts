/** The password rules. A refusal names the rule; no rule requires character classes (NIST SP 800-63B-4 §3.1.1.2). */
import { invalidField, type Text } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { COMMON_PASSWORDS } from "./common-passwords.ts";

export const PASSWORD_MAX_LENGTH = 128;

/** NFKC, so that the same password typed on another keyboard is equal (NIST SP 800-63B §5.1.1.2). */
export function normalisePassword(password: string): string {
  return password.normalize("NFKC");
}

export interface PasswordOwner {
  email: string;
  prenom: string;
  nom: string;
}

interface Candidate {
  /** Normalised. */
  password: string;
  pointer: string;
  owner: PasswordOwner;
}

/** @throws AppError validation_failed at `pointer`, naming the rule that refuses the password. */
export async function requireAcceptablePassword(platform: Platform, candidate: Candidate): Promise<void> {
  const { password, pointer, owner } = candidate;
  const { PASSWORD_MIN_LENGTH: minimum, PRODUCT_NAME: product } = platform.config;
  const length = [...password].length;
  const refusal: Text | undefined =
    length < minimum
      ? {
          fr: `Le mot de passe doit contenir au moins ${minimum} caractères`,
          en: `The password must have at least ${minimum} characters`,
        }
      : length > PASSWORD_MAX_LENGTH
        ? {
            fr: `Le mot de passe doit contenir au plus ${PASSWORD_MAX_LENGTH} caractères`,
            en: `The password must have at most ${PASSWORD_MAX_LENGTH} characters`,
          }
        : (await isCommon(platform, password))
          ? { fr: "Ce mot de passe est trop courant", en: "This password is too common" }
          : contains(password, ownerWords(owner))
            ? {
                fr: "Le mot de passe ne doit contenir ni votre nom ni votre adresse email",
                en: "The password must not contain your name or your e-mail address",
              }
            : contains(password, [product])
              ? {
                  fr: "Le mot de passe ne doit pas contenir le nom du service",
                  en: "The password must not contain the name of the service",
                }
              : (await platform.isBreached(password))
                ? {
                    fr: "Ce mot de passe figure dans une fuite de données connue",
                    en: "This password is known from a data breach",
                  }
                : undefined;
  if (refusal) throw invalidField(pointer, refusal);
}

async function isCommon(platform: Platform, password: string): Promise<boolean> {
  return isListed(password, COMMON_PASSWORDS) || isListed(password, await platform.commonPasswords());
}

/** `password` after normalisation; `list` in the form that common-passwords.ts describes. */
export function isListed(password: string, list: string): boolean {
  const wanted = password.toLowerCase();
  let word = "";
  for (const [, shared = "A", rest = ""] of list.matchAll(/([A-Z])([^A-Z]*)/g)) {
    word = word.slice(0, shared.charCodeAt(0) - 65) + rest;
    if (word === wanted) return true;
  }
  return false;
}

function ownerWords({ email, prenom, nom }: PasswordOwner): string[] {
  const [localPart = ""] = email.split("@");
  return [email, localPart, prenom, nom];
}

/** Words of fewer than four letters occur in too many good passwords by chance. */
function contains(password: string, words: string[]): boolean {
  const folded = fold(password);
  return words.map(fold).some((word) => [...word].length >= 4 && folded.includes(word));
}

/** Without case, accents and spaces: `Zoé Martin` becomes `zoemartin`. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[\p{M}\s]/gu, "")
    .toLowerCase();
}
