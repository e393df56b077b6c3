/** Finds many strings in much text in one pass: looks up every position in a set of all their prefixes. */
import { MIN_LENGTH } from "./secrets-seen.ts";

const BITS = 20;
const MASK = (1 << BITS) - 1;

const hashAt = (text: string, at: number) =>
  ((text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) * 31 +
    text.charCodeAt(at + 2) * 7919 +
    text.charCodeAt(at + 3) * 131 +
    text.charCodeAt(at + 5) * 65599) &
  MASK;

/** Base64 of these bytes, without the last character, which depends on the bytes that follow. */
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).slice(0, Math.floor((bytes.length * 4) / 3));

/**
 * The forms in which a secret may appear: as it is, normalised, escaped for JSON and URLs, and in the usual encodings
 * of its bytes.
 */
export function formsOf(secret: string): Set<string> {
  const bytes = new TextEncoder().encode(secret);
  const encoded = base64(bytes);
  return new Set([
    secret,
    secret.normalize("NFKC"),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    encoded,
    encoded.replaceAll("+", "-").replaceAll("/", "_"),
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
  ]);
}

/** @param wanted the strings to find, at least eight characters each. */
export function createSearch(wanted: Iterable<string>): (text: string) => Set<string> {
  const starts = new Uint8Array(1 << BITS);
  const byStart = new Map<string, string[]>();
  for (const form of wanted) {
    starts[hashAt(form, 0)] = 1;
    const start = form.slice(0, MIN_LENGTH);
    const others = byStart.get(start);
    if (others) others.push(form);
    else byStart.set(start, [form]);
  }
  return (text) => {
    const found = new Set<string>();
    for (let at = 0; at <= text.length - MIN_LENGTH; at++) {
      if (starts[hashAt(text, at)] === 0) continue;
      for (const form of byStart.get(text.slice(at, at + MIN_LENGTH)) ?? []) {
        if (text.startsWith(form, at)) found.add(form);
      }
    }
    return found;
  };
}
