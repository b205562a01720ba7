// Early progress against batch size in runs of a language model: how much loss a step takes off,
// at a learning rate that is the same for every batch size, and by which power of the batch size that grows.
import { lrAt } from '../optim/schedules.ts';
import { type Exponent, exponentOfCurve, exponentOverRepetitions } from '../theory/fit.ts';
import { displayName } from './names.ts';
import { groupBy, hyperKey, isDone, type ProbedPoint, type RunRow, stepsOf } from './rows.ts';
import { isClearlyPositive, mean, tInterval } from './stats.ts';

/** Progress of one run (or of one curve without seeds). */
export interface LossProgress {
  optimizer: string;
  batchSize: number;
  /** A name: what tells repetitions apart. */
  seed?: string;
  /** Loss lost per unit of time, the learning rates of the steps added up; in nats for language models. */
  progress: number;
}

export interface ProgressCurve {
  optimizer: string;
  /**
   * As a multiple of the same seed's progress at the smallest batch size: what seeds
   * have in common is then no uncertainty.
   */
  points: { batchSize: number; relative: number; lo: number | null; hi: number | null }[];
  /**
   * Over seeds where there are several of every point, else from the scatter about the line.
   * Null: too few points above zero.
   */
  fit: Exponent | null;
  /** What of it is not known or not above zero, in words: seeds that lack a batch size are not in the fit. */
  missing: string[];
}

/**
 * From the first validation in a run to its end. Of each arm the learning rate that was run
 * at most batch sizes (the smallest of equals): progress at different rates says nothing about batch size.
 */
export function lossProgressOf(
  rows: readonly RunRow[],
  models: Record<string, { seqLen: number }>,
): LossProgress[] {
  const one = (row: RunRow): LossProgress[] => {
    const first = row.lossCurve?.find((point) => point.valLoss !== undefined);
    const steps = stepsOf(row, models[row.model].seqLen);
    if (!isDone(row) || first?.valLoss === undefined || !(first.step < steps)) return [];
    const { optimizer, batchSize, seed, lr, schedule } = row;
    // A schedule moves the learning rate: time is what the steps really had of it.
    const rates = Array.from({ length: steps - first.step }, (_, i) =>
      schedule ? lrAt(schedule, lr, first.step + i, steps) : lr,
    );
    const time = rates.reduce((sum, rate) => sum + rate, 0);
    return [{ optimizer, batchSize, seed: String(seed), progress: (first.valLoss - row.valLoss) / time }];
  };
  return [...groupBy(rows.filter(isDone), (row) => row.optimizer).values()].flatMap((arm) => {
    const settings = [...groupBy(arm, (row) => `${row.model} ${hyperKey(row.hyper)} ${row.lr}`).values()];
    const sizes = (list: readonly RunRow[]) => new Set(list.map((row) => row.batchSize)).size;
    const [best] = settings.sort((a, b) => sizes(b) - sizes(a) || b.length - a.length || a[0].lr - b[0].lr);
    return best.flatMap(one);
  });
}

/**
 * Means and intervals over seeds, and the exponents. `planned`: batch sizes and seeds
 * that every curve is to have; by default those of any row of it.
 */
export function progressCurves(
  rows: readonly LossProgress[],
  planned: { batchSizes?: readonly number[]; seeds?: readonly string[] } = {},
): ProgressCurve[] {
  return [...groupBy(rows, (row) => row.optimizer)].map(([optimizer, own]) => {
    const sizes = distinct([...(planned.batchSizes ?? []), ...own.map(({ batchSize }) => batchSize)]);
    sizes.sort((a, b) => a - b);
    const bySeed = groupBy(own, ({ seed = '' }) => seed);
    const names = distinct([...(planned.seeds ?? []), ...bySeed.keys()]);
    const curves = names.map((seed) => ({
      seed,
      of: new Map((bySeed.get(seed) ?? []).map(({ batchSize, progress }) => [batchSize, progress])),
    }));
    const missing = curves.flatMap(({ seed, of }) =>
      sizes.flatMap((batchSize) => {
        const value = of.get(batchSize);
        const where = `${seed && `seed ${seed} `}at batch size ${batchSize} (${displayName(optimizer)})`;
        if (value === undefined) return [`progress of ${where}`];
        return value > 0 ? [] : [`progress above 0 of ${where}`];
      }),
    );
    const starts = curves.flatMap(({ of }) => of.get(sizes[0]) ?? []);
    // Relative to what may be nothing, progress is any number.
    const isDefined = isClearlyPositive(starts) && starts.every((start) => start > 0);
    if (!isDefined)
      missing.push(`progress clearly above 0 at batch size ${sizes[0]} (${displayName(optimizer)})`);
    const points = sizes.flatMap((batchSize) => {
      const values = curves.flatMap(({ of }) => {
        const [value, start] = [of.get(batchSize), of.get(sizes[0])];
        return isDefined && value !== undefined && start !== undefined ? [value / start] : [];
      });
      const [lo, hi] = tInterval(values) ?? [null, null];
      return values.length > 0 ? [{ batchSize, relative: mean(values), lo, hi }] : [];
    });
    const whole = curves
      .map(({ of }) => sizes.flatMap((x) => (of.has(x) ? [{ x, y: of.get(x)! }] : [])))
      .filter((curve) => curve.length === sizes.length && curve.every(({ y }) => y > 0));
    const fit =
      whole.length >= 2
        ? exponentOverRepetitions(whole)
        : exponentOfCurve(points.map(({ batchSize, relative }) => ({ x: batchSize, y: relative })));
    return { optimizer, points, fit, missing };
  });
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/**
 * What Theorem 1 of arXiv 2506.12543 makes of the gradient measured before training
 * (`drift` of the probe `noise`): the speed of sign descent at `batchSizes`, as a share
 * of what it is without noise, mean over the runs that measured it. Empty without any.
 */
export function predictedDrift(
  rows: readonly RunRow[],
  batchSizes: readonly number[],
): { batchSize: number; drift: number }[] {
  const start = ({ probe, step }: ProbedPoint) => probe === 'noise' && step === 0;
  const tables = rows.flatMap((row) => row.probes?.find(start)?.tables.drift ?? []);
  return batchSizes.flatMap((batchSize) => {
    const shares = tables.flatMap(({ sequences, drift }) =>
      sequences === batchSize && typeof drift === 'number' ? [drift] : [],
    );
    return shares.length > 0 ? [{ batchSize, drift: mean(shares) }] : [];
  });
}
