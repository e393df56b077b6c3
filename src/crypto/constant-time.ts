/** Comparison of secrets: its time depends on their length alone. `crypto.subtle.timingSafeEqual` is not in Node. */

export function isEqualInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ b[index]!;
  return difference === 0;
}
