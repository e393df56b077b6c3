/** Compares secrets in a time that depends only on their length. Node has no `crypto.subtle.timingSafeEqual`. */

export function isEqualInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ b[index]!;
  return difference === 0;
}
