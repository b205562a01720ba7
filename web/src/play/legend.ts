// What a figure's legend names: each series, or once all that share an entry.
import type { ChartSeries } from './chart.tsx';

/** The first series of each entry, with the entry as its name. Empty where there is nothing to tell apart. */
export function legendOf(series: readonly ChartSeries[]): ChartSeries[] {
  if (series.length < 2) return [];
  const named = series.map((one) => ({ ...one, name: one.entry ?? one.name }));
  return named.filter(({ name }, i) => named.findIndex((other) => other.name === name) === i);
}
