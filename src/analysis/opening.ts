// Where the gap opens, and where theory says it should. Measured: the batch size
// at which the gap leaves a margin, seed by seed. Predicted: from the moments of the gradient
// that the probe `noise` measured in real runs.
import { crossover } from './crossover.ts';
import type { Gap } from './gap.ts';
import type { ProbedPoint, RunRow } from './rows.ts';
import { mean } from './stats.ts';

export interface Opening {
  seed: number;
  /** Sequences. The end of the measured range where the gap is above the margin everywhere, or nowhere. */
  at: number;
  /** What `at` then is. */
  bound: 'exact' | 'at most' | 'at least';
}

/**
 * The opening of each seed that has a gap at every batch size. `gaps`: one model and budget;
 * unbracketed ones are left out.
 */
export function openings(gaps: readonly Gap[], margin: number): Opening[] {
  const usable = gaps.filter((gap) => gap.bracketed).sort((a, b) => a.batchSize - b.batchSize);
  const gapOf = (gap: Gap, seed: number) => gap.perSeed.find((one) => one.seed === seed)?.gap;
  const seeds = (usable[0]?.perSeed ?? []).map(({ seed }) => seed);
  return seeds.flatMap((seed): Opening[] => {
    const own = usable.map((gap) => ({ ...gap, gap: gapOf(gap, seed) ?? Number.NaN }));
    if (own.some(({ gap }) => Number.isNaN(gap))) return [];
    const found = crossover(own, margin);
    if (found.kind === 'crosses') return [{ seed, at: found.at, bound: 'exact' }];
    if (found.kind === 'always-above') return [{ seed, at: own[0].batchSize, bound: 'at most' }];
    if (found.kind === 'never-above') return [{ seed, at: own[own.length - 1].batchSize, bound: 'at least' }];
    return [];
  });
}

/**
 * What can be predicted with, all in sequences: `drift` is B*, where by Theorem 1 of arXiv 2506.12543
 * sign descent moves at 84% of its speed without noise; `momentum` is the same for signs of a momentum,
 * which averages (1 + beta) / (1 - beta) batches (docs/theory.md); `noiseScale` is tr Sigma / |G|^2,
 * up to about which SGD itself gains from larger batches (arXiv 1812.06162).
 */
export type PredictionKind = 'drift' | 'momentum' | 'noiseScale';

/** A predicted batch size in sequences; where no signal could be told from noise it is known as a bound. */
export interface PredictedSize {
  at: number;
  bound: 'exact' | 'at least';
}

/** What one measurement in a run predicts. */
export interface Prediction {
  seed: number;
  /** Share of the run that was trained. */
  trained: number;
  /** Null where it was not measured, or nothing is known of it. */
  batchSizes: Record<PredictionKind, PredictedSize | null>;
  /** 95% interval of B*; an upper end that is null is none. Null where it was not measured. */
  interval: { lo: number; hi: number | null } | null;
  /** B* of single layers. */
  layers: { layer: string; batchSize: number | null }[];
}

type Row = ProbedPoint['tables'][string][number];

const positive = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null);

/** A column of the probe with its interval. */
function sizeOf(row: Row | undefined, column: string): PredictedSize | null {
  const at = positive(row?.[column]);
  if (at !== null) return { at, bound: 'exact' };
  const least = positive(row?.[`${column}Lo`]);
  return least === null ? null : { at: least, bound: 'at least' };
}

/**
 * How much of the momentum a step keeps, also where a half-life in tokens says so;
 * null where the tokens of a step are not known.
 */
function momentumOf({ hyper, tokensTrained, stepsTaken }: RunRow): number | null {
  if (hyper.beta1HalfLife === undefined) return hyper.beta1 ?? hyper.momentum ?? hyper.beta ?? 0;
  return tokensTrained && stepsTaken ? 0.5 ** (tokensTrained / stepsTaken / hyper.beta1HalfLife) : null;
}

/** Every measurement of the probe in a run, in order. */
export const noisePredictions = (row: RunRow): Prediction[] =>
  (row.probes ?? []).filter(({ probe }) => probe === 'noise').map((point) => predictionAt(row, point));

/** What one measurement of the probe predicts for signs of a momentum `beta`; null where it is not known. */
export function predictedSizes(tables: ProbedPoint['tables'], beta: number | null): Prediction['batchSizes'] {
  const total = tables.total?.[0];
  const drift = sizeOf(total, 'criticalBatch');
  return {
    drift,
    momentum: drift && beta !== null ? { ...drift, at: (drift.at * (1 - beta)) / (1 + beta) } : null,
    noiseScale: sizeOf(total, 'noiseScale'),
  };
}

function predictionAt(row: RunRow, { tokens, tables }: ProbedPoint): Prediction {
  const total = tables.total?.[0];
  const lo = positive(total?.criticalBatchLo);
  return {
    seed: row.seed,
    trained: tokens / (row.tokensTrained ?? row.tokens),
    batchSizes: predictedSizes(tables, momentumOf(row)),
    interval: lo === null ? null : { lo, hi: positive(total?.criticalBatchHi) },
    layers: (tables.layers ?? []).map(({ layer, criticalBatch }) => ({
      layer: String(layer),
      batchSize: positive(criticalBatch),
    })),
  };
}

/** Geometric mean: batch sizes are compared by factors. Null without values. */
export const geometricMean = (values: readonly number[]): number | null =>
  values.length > 0 ? 2 ** mean(values.map(Math.log2)) : null;

/**
 * One prediction for a run: the mean over its measurements. That before training is left out:
 * what an untrained model has to learn first, the frequencies of single tokens,
 * is nearly free of noise and soon over. Null without later ones.
 */
export const overTraining = (
  predictions: readonly Prediction[],
  kind: PredictionKind,
): PredictedSize | null =>
  meanSize(predictions.filter(({ trained }) => trained > 0).map(({ batchSizes }) => batchSizes[kind]));

/**
 * Geometric mean of predicted sizes. One that is a bound, or that gave nothing at all, makes the mean a
 * bound: to leave it out would make it too small. Null where nothing is known.
 */
export function meanSize(sizes: readonly (PredictedSize | null)[]): PredictedSize | null {
  const known = sizes.filter((size) => size !== null);
  const at = geometricMean(known.map((size) => size.at));
  if (at === null) return null;
  const exact = known.length === sizes.length && known.every(({ bound }) => bound === 'exact');
  return { at, bound: exact ? 'exact' : 'at least' };
}
