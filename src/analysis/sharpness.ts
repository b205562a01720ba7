// Directional sharpness of eq. 1 of arXiv 2506.12543, read off what the probe `sharpness` measured.
import { finite, type ProbeRow } from './probed.ts';
import type { ProbedPoint } from './rows.ts';

type Tables = ProbedPoint['tables'];

const rowOf = (tables: Tables, is: (row: ProbeRow) => boolean) => (tables.terms ?? []).find(is);

/** u'Hu / |u|^2 of the step that an optimizer would take from there. */
export const sharpnessOf = (tables: Tables, direction: string): number | null =>
  finite(rowOf(tables, (row) => row.direction === direction && row.actualUpdate !== true)?.sharpness);

/**
 * (s_a - s_b) / (|s_a| + |s_b|) for the sharpness of two directions at one point:
 * 1 when only a's is sharp, 0 when they are equal, -1 when only b's is. A ratio would not do,
 * because a sharpness may be negative. Null where neither is sharp at all.
 */
export function sharpnessContrast(tables: Tables, a: string, b: string): number | null {
  const [x, y] = [sharpnessOf(tables, a), sharpnessOf(tables, b)];
  if (x === null || y === null) return null;
  const size = Math.abs(x) + Math.abs(y);
  return size > 0 ? (x - y) / size : null;
}

/** Taylor terms of the step that the run itself takes. */
export const ownTerm = (tables: Tables, term: 'first' | 'second' | 'sum' | 'actual'): number | null =>
  finite(rowOf(tables, (row) => row.actualUpdate === true)?.[term]);

/**
 * The share of what the gradient promises that curvature takes back, of the run's own steps:
 * minus the sum of the second-order terms over the sum of the first-order ones. Sums, because
 * a single step may promise next to nothing, and its ratio would then be any number. Not defined where
 * that may be so of the sum as well: less is left of it than half of what its terms are without their signs.
 * An interval of the mean would not do: steps shrink with the learning rate, so those of a run are no sample.
 */
export function takenBack(points: readonly ProbedPoint[]): { value: number | null; undefined: number } {
  const pairs = points.flatMap(({ tables }) => {
    const [first, second] = [ownTerm(tables, 'first'), ownTerm(tables, 'second')];
    return first === null || second === null ? [] : [{ first, second }];
  });
  const sum = (of: (pair: (typeof pairs)[number]) => number) => pairs.reduce((s, pair) => s + of(pair), 0);
  const promised = -sum(({ first }) => first);
  const isDefined = promised > 0 && promised >= sum(({ first }) => Math.abs(first)) / 2;
  const value = isDefined ? sum(({ second }) => second) / promised : null;
  return { value, undefined: value === null ? points.length : points.length - pairs.length };
}
