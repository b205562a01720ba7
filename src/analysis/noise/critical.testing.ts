// Made-up gradients of single sequences whose B* is known, for the tests of its estimate.
import { createRng } from '../../core/rng.ts';
import { predictedCriticalBatch } from '../../theory/critical-batch.ts';
import { coordinateStatistics } from './coordinates.ts';
import { signalEstimates } from './critical.ts';
import type { SequenceCount } from './scale.ts';

type Rng = ReturnType<typeof createRng>;

/** |g| / sigma of a coordinate, of scale 1, by distribution. */
export const laws: Record<string, (r: Rng) => number> = {
  normal: (r) => r.normal(),
  equal: (r) => (r.uniform() < 0.5 ? -1 : 1),
  laplace: (r) => Math.log(1 - r.uniform()) * (r.uniform() < 0.5 ? 1 : -1),
  lognormal: (r) => Math.exp(1.2 * r.normal()),
};

export interface NoiseTrial {
  truth: number;
  found: SequenceCount;
}

/**
 * `trials` times B* as estimated from `samples` gradients of `width` coordinates,
 * whose signals are of the distribution `law` times `size` and whose noises are unequal;
 * a share `common` of the noise's variance is one number for all coordinates of a sequence.
 */
export function trialsOf(
  law: string,
  size: number,
  {
    samples,
    width,
    trials,
    common = 0,
    seed = 1,
  }: { samples: number; width: number; trials: number; common?: number; seed?: number },
): NoiseTrial[] {
  const r = createRng(seed, `critical ${law} ${size}`);
  const sd = Array.from({ length: width }, () => Math.exp(0.5 * r.normal()));
  const mean = sd.map((s) => size * s * laws[law](r));
  const truth = predictedCriticalBatch({ mean, sd, weight: sd.map(() => 1) })!;
  const [own, shared] = [Math.sqrt(1 - common), Math.sqrt(common)];
  return Array.from({ length: trials }, () => {
    const rows = Array.from({ length: samples }, () => {
      const all = common > 0 ? r.normal() : 0;
      return Float32Array.from(mean, (g, i) => g + sd[i] * (own * r.normal() + shared * all));
    });
    return { truth, found: signalEstimates(coordinateStatistics(rows, 1).means).criticalBatch() };
  });
}

export const covered = (trials: readonly NoiseTrial[]): number =>
  trials.filter(({ truth, found: { lo, hi } }) => lo <= truth && truth <= (hi ?? Number.POSITIVE_INFINITY))
    .length / trials.length;

/** Median of the estimate over the truth; an estimate that is none counts as infinite. */
export const medianRatio = (trials: readonly NoiseTrial[]): number =>
  trials.map(({ truth, found }) => (found.value ?? Number.POSITIVE_INFINITY) / truth).sort((a, b) => a - b)[
    Math.floor(trials.length / 2)
  ];
