// Steps to a target loss against batch size, and the critical batch size they give.
import type { Cell } from './frontier.ts';
import { type CurvePoint, hyperKey, isDone, type RunRow } from './rows.ts';
import { mean } from './stats.ts';

/** Steps that a batch size takes to the target. */
export interface StepsAt {
  batchSize: number;
  steps: number;
}

/**
 * `linear`: the largest batch size whose steps are within 20% of linear saving (arXiv 2410.21676);
 * `fit`: B of steps = least (1 + B / batch size) (arXiv 1812.06162, eq. 2.11).
 */
export type CriticalKind = 'linear' | 'fit';

/** Half a window of the smoothed training loss, as a share of the run: a batch of one sequence is noisy. */
const HALF_WINDOW = 0.025;
/** Above the worst of the final losses, nats: every run then crosses it before its end. */
const MARGIN = 0.02;
const WASTE = 1.2;

/**
 * Step at which the training loss, averaged over a window centred on the step, first
 * reaches `target`; null if never.
 */
export function stepsToTarget(curve: readonly CurvePoint[], target: number): number | null {
  if (curve.length === 0) return null;
  const half = HALF_WINDOW * curve[curve.length - 1].tokens;
  let [from, to, sum] = [0, 0, 0];
  let before: { step: number; loss: number } | null = null;
  for (const point of curve) {
    while (to < curve.length && curve[to].tokens <= point.tokens + half) sum += curve[to++].loss;
    while (curve[from].tokens < point.tokens - half) sum -= curve[from++].loss;
    const loss = sum / (to - from);
    if (loss <= target) {
      if (!before) return point.step;
      const share = (before.loss - target) / (before.loss - loss);
      return before.step + share * (point.step - before.step);
    }
    before = { step: point.step, loss };
  }
  return null;
}

/**
 * Per seed: steps to a loss that every winner of `arms` reaches, by arm and batch size.
 * The target is common to all, since a critical batch size depends on how far one trains.
 */
export function bySeed(
  rows: readonly RunRow[],
  cells: readonly Cell[],
  model: string,
  arms: readonly string[],
): { seed: number; target: number; arms: Record<string, StepsAt[]> }[] {
  const winners = cells
    .filter((cell) => cell.model === model && arms.includes(cell.optimizer) && cell.best)
    .flatMap((cell) =>
      rows.filter(
        (row) =>
          isDone(row) &&
          row.trainLoss !== null &&
          row.optimizer === cell.optimizer &&
          row.model === model &&
          row.batchSize === cell.batchSize &&
          row.tokens === cell.tokens &&
          row.lr === cell.best!.lr &&
          cell.best!.seeds.includes(row.seed) &&
          hyperKey(row.hyper) === hyperKey(cell.best!.hyper),
      ),
    );
  if (winners.length === 0) return [];
  const target = Math.max(...winners.map((row) => row.trainLoss!)) + MARGIN;
  const seeds = [...new Set(winners.map((row) => row.seed))].sort((a, b) => a - b);
  return seeds.map((seed) => ({
    seed,
    target,
    arms: Object.fromEntries(
      arms.map((arm) => [
        arm,
        winners
          .filter((row) => row.seed === seed && row.optimizer === arm)
          .flatMap((row) => {
            const steps = stepsToTarget(row.lossCurve ?? [], target);
            return steps === null ? [] : [{ batchSize: row.batchSize, steps }];
          })
          .sort((a, b) => a.batchSize - b.batchSize),
      ]),
    ),
  }));
}

/**
 * A critical batch size in sequences. Where it lies outside of the batch sizes that were
 * run it is known as a bound.
 */
export interface CriticalBatch {
  at: number;
  bound: 'exact' | 'at least' | 'at most';
}

/** Null with fewer than three batch sizes. A `fit` reaches a doubling beyond those that were run. */
export function criticalBatch(points: readonly StepsAt[], kind: CriticalKind): CriticalBatch | null {
  if (points.length < 3) return null;
  return kind === 'linear' ? linearLimit(points) : fitted(points);
}

function linearLimit(points: readonly StepsAt[]): CriticalBatch {
  const base = points[0].steps * points[0].batchSize;
  const waste = points.map(({ batchSize, steps }) => (steps * batchSize) / base);
  const after = waste.findIndex((w) => w > WASTE);
  if (after === -1) return { at: points[points.length - 1].batchSize, bound: 'at least' };
  const share = (WASTE - waste[after - 1]) / (waste[after] - waste[after - 1]);
  const step = points[after].batchSize / points[after - 1].batchSize;
  return { at: points[after - 1].batchSize * step ** share, bound: 'exact' };
}

/** Least squares of relative errors: 1 = least / steps + (least critical) / (batch steps). */
function fitted(points: readonly StepsAt[]): CriticalBatch {
  const a = points.map(({ steps }) => 1 / steps);
  const b = points.map(({ batchSize, steps }) => 1 / (batchSize * steps));
  const dot = (x: readonly number[], y: readonly number[]) => mean(x.map((value, i) => value * y[i]));
  const determinant = dot(a, a) * dot(b, b) - dot(a, b) ** 2;
  const least = (mean(a) * dot(b, b) - mean(b) * dot(a, b)) / determinant;
  const product = (mean(b) * dot(a, a) - mean(a) * dot(a, b)) / determinant;
  const [lo, hi] = [points[0].batchSize / 2, points[points.length - 1].batchSize * 2];
  // Steps that fall in proportion to the batch size, or faster, have no least number of steps.
  if (!(least > 0) || product / least >= hi) return { at: hi, bound: 'at least' };
  return product / least <= lo ? { at: lo, bound: 'at most' } : { at: product / least, bound: 'exact' };
}
