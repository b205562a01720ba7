// From numbers to pixels, and which numbers an axis names.
import { signed as signedTo } from '../../../src/core/decimals.ts';

export interface ChartAxis {
  /** What is measured, with its unit. */
  label: string;
  domain: readonly [least: number, most: number];
  log?: boolean;
  /** Numbers to name; by default about `count` round ones. */
  ticks?: readonly number[];
  format?(value: number): string;
}

export interface Scale {
  (value: number): number;
  ticks: readonly number[];
  format(value: number): string;
}

/** A scale from the axis' domain to `[from, to]` in pixels, with about `count` ticks. */
export function scaleOf(axis: ChartAxis, [from, to]: readonly [number, number], count = 5): Scale {
  const { domain, log = false, format = shortNumber } = axis;
  const place = log ? Math.log : (x: number) => x;
  const [a, b] = domain.map(place);
  const at = (value: number) => from + ((place(value) - a) / (b - a || 1)) * (to - from);
  const ticks = axis.ticks ?? (log ? logTicks(domain, count) : linearTicks(domain, count));
  return Object.assign(at, { ticks: ticks.filter((t) => t >= domain[0] && t <= domain[1]), format });
}

/** Multiples of 1, 2 or 5 times a power of ten. */
export function linearTicks([least, most]: readonly [number, number], count: number): number[] {
  const rough = (most - least) / count;
  if (!(rough > 0)) return [least];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough)!;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  // Multiplied anew each time, so that errors do not add up; 12 digits hide those of one product.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten, thinned to about `count`; below two decades 1, 2 and 5 times them. */
export function logTicks([least, most]: readonly [number, number], count: number): number[] {
  const fine = Math.log10(most / least) < 2.2;
  const [low, high] = [Math[fine ? 'floor' : 'ceil'](Math.log10(least)), Math.floor(Math.log10(most))];
  const decades = Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);
  const every = Math.max(1, Math.ceil(decades.length / count));
  return decades
    .filter((d) => fine || d % every === 0)
    .flatMap((d) => (fine ? [1, 2, 5] : [1]).map((f) => Number((f * 10 ** d).toPrecision(12))));
}

/**
 * A number for an axis or a table: three digits, four where batch sizes such as 1024 have them;
 * k and M for tens of thousands and millions.
 */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (size >= 1e4) return `${trimmed(value / 1e3)}k`;
  if (size !== 0 && size < 1e-4) return value.toExponential(0).replace('-', '−').replace('e+', 'e');
  return trimmed(value, size >= 1e3 ? 4 : 3).replace('-', '−');
}

const trimmed = (value: number, digits = 3) => String(Number(value.toPrecision(digits)));

/** A difference with its sign, to two digits after the point. */
export const signed = (value: number): string => signedTo(value, 2);

/** The domain of `values`, a little wider; null where there is no number. */
export function domainOf(
  values: Iterable<number | null | undefined>,
  pad = 0.06,
): [least: number, most: number] | null {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values)
    if (value !== null && value !== undefined && Number.isFinite(value)) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  if (least > most) return null;
  const room = (most - least || Math.abs(most) || 1) * pad;
  return [least - room, most + room];
}
