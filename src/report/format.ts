// How numbers read in the report.
import type { Interval } from '../analysis/stats.ts';
import type { Multiple } from '../analysis/tokens-to-loss.ts';
import { decimals, signed } from '../core/decimals.ts';

export { signed };

const minus = '−';

/** 3.2504 -> 3.250; null -> an en dash. */
export function fixed(x: number | null | undefined, digits = 3): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return '–';
  return decimals(x, digits);
}

/** +0.412 to +0.508, or what a single seed leaves unknown. */
export function interval(ci95: Interval | null): string {
  return ci95 ? `${signed(ci95[0])} to ${signed(ci95[1])}` : 'unknown (one seed)';
}

/** 2.1, or more than 4: a multiple of tokens, and of steps. */
export const multipleText = ({ times, bound }: Multiple): string =>
  `${bound === 'exact' ? '' : `${bound} `}${short(Number(times.toPrecision(2)))}`;

/** A loss that is at stake: 0.031, or less than 0.001 where that would be no digit. */
export function stakeText(nats: number): string {
  const text = fixed(nats);
  return Number(text) === 0 ? 'less than 0.001' : `up to ${text}`;
}

/** An interval whose direction the words around it give: 0.077 to 0.329. */
export function range([lo, hi]: Interval): string {
  return `${fixed(lo)} to ${fixed(hi)}`;
}

/** 1200 -> 1,200. */
export const number = (n: number): string => n.toLocaleString('en-US');

/** Three significant digits: 0.00316, 1, 3e-5. */
export function short(x: number): string {
  const rounded = Number(x.toPrecision(3));
  if (rounded !== 0 && Math.abs(rounded) < 1e-4) return rounded.toExponential().replace('-', minus);
  return String(rounded).replace('-', minus);
}

/** 1234567 -> 1.23 million; 65536 -> 65,536. */
export function count(n: number): string {
  for (const [size, name] of [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ] as const) {
    if (n >= size) return `${Number((n / size).toPrecision(3))} ${name}`;
  }
  return n.toLocaleString('en-US');
}

/** 300 thousand tokens, or 500 steps. */
export function budgetText({ tokens, steps }: { tokens: number | null; steps: number | null }): string {
  return tokens === null ? plural(steps ?? 0, 'step') : `${count(tokens)} tokens`;
}

/** 65 -> 1 min 5 s: two units at most. With two `digits` 1 min 05 s, so that lines keep their width. */
export function duration(seconds: number, digits = 1): string {
  const s = Math.max(0, Math.round(seconds));
  const rest = (n: number) => String(Math.floor(n)).padStart(digits, '0');
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${rest(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${rest((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${rest((s % 86400) / 3600)} h`;
}

/** 1 run, 2 runs. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** a; a and b; a, b and c. */
export function list(items: readonly (string | number)[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}
