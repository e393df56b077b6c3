/** Statistics for measurements on a machine with other work. */

/** @param share 0.5 is the median; 0.99 is the value that all but one in a hundred stay under. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** The median of the ratios of pairs: both of a pair were measured side by side, so a disturbance affected both. */
export function medianRatio(of: readonly number[], to: readonly number[]): number {
  return median(of.map((value, at) => value / to[at]!));
}
