/** `jti` as UUID version 7 (RFC 9562 §5.7): unique, and it says the millisecond of issue where `iat` only says the second. */

export function createTokenId(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

const VERSION_7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Milliseconds since 1970; the beginning of the second where `jti` says nothing that agrees with `iat`. */
export function issuedAtMs({ jti, iat }: { jti: string; iat: number }): number {
  const time = VERSION_7.exec(jti);
  const milliseconds = time ? Number.parseInt(`${time[1]}${time[2]}`, 16) : Number.NaN;
  return Math.floor(milliseconds / 1000) === iat ? milliseconds : iat * 1000;
}
