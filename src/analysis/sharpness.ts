// Directional sharpness of eq. 1 of arXiv 2506.12543, read off what the probe `sharpness` measured.
import { number, type ProbeRow } from './probed.ts';
import type { ProbedPoint } from './rows.ts';

type Tables = ProbedPoint['tables'];

const rowOf = (tables: Tables, is: (row: ProbeRow) => boolean) => (tables.terms ?? []).find(is);

/** u'Hu / |u|^2 of the step that an optimizer would take from there. */
export const sharpnessOf = (tables: Tables, direction: string): number | null =>
  number(rowOf(tables, (row) => row.direction === direction && row.actualUpdate !== true)?.sharpness);

/**
 * (s_a - s_b) / (|s_a| + |s_b|) for the sharpness of two directions at one point: 1 when only a's is sharp, 0 when they are equal, -1
 * when only b's is. A ratio would not do, because a sharpness may be negative.
 */
export function sharpnessContrast(tables: Tables, a: string, b: string): number | null {
  const [x, y] = [sharpnessOf(tables, a), sharpnessOf(tables, b)];
  if (x === null || y === null) return null;
  const size = Math.abs(x) + Math.abs(y);
  return size > 0 ? (x - y) / size : 0;
}

/** Taylor terms of the step that the run itself takes. */
export const ownTerm = (tables: Tables, term: 'first' | 'second' | 'sum' | 'actual'): number | null =>
  number(rowOf(tables, (row) => row.actualUpdate === true)?.[term]);

/** -second / first of the run's own step: the share of the first-order gain that curvature takes back. */
export function takenBack(tables: Tables): number | null {
  const [first, second] = [ownTerm(tables, 'first'), ownTerm(tables, 'second')];
  return first === null || second === null || first === 0 ? null : -second / first;
}
