/** Of measurements on a machine that does other things too. */

/** @param share 0.5 is the median, 0.99 what all but one in a hundred stay under. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** The median of the pairs' own ratios: the two of a pair were measured side by side, so what disturbed one disturbed the other. */
export function medianRatio(of: readonly number[], to: readonly number[]): number {
  return median(of.map((value, at) => value / to[at]!));
}
