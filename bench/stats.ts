// Medians with their range: what every table here shows of repeated measurements.

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

export const summary = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

export const digits = (x: number): string => (x >= 1000 ? x.toFixed(0) : x.toPrecision(3));

/** `median (min .. max)`, of three digits each. */
export const range = ({ median, min, max }: Spread): string =>
  `${digits(median)} (${digits(min)} .. ${digits(max)})`;
