// Tuned SGD and tuned Adam on the quadratics of the paper's appendix: losses by learning rate, and along
// the way.
import { type Descent, descend, firstLoss } from '../../../src/theory/descend.ts';
import { hasDiverged } from '../../../src/theory/diverged.ts';
import { blockHessian, hessianPresets } from '../../../src/theory/hessians.ts';

export const bowls = ['heterogeneous', 'homogeneous'] as const;
export const noises = ['columns', 'isotropic', 'hessian'] as const;

export interface BowlWish {
  bowl: (typeof bowls)[number];
  noise: (typeof noises)[number];
  batchSize: number;
  beta: number;
}

/** The batch that is taken: there are nine columns to pick from, and no more. */
export const batchOf = ({ noise, batchSize }: Pick<BowlWish, 'noise' | 'batchSize'>): number =>
  noise === 'columns' ? Math.min(9, batchSize) : batchSize;

export interface Tuned {
  method: 'sgd' | 'adam';
  /** Median final loss of three seeds by learning rate; null where most diverged. */
  tried: { lr: number; loss: number | null }[];
  /** The rate with the lowest, and that loss. */
  best: { lr: number; loss: number };
}

export const BOWL_STEPS = 300;
const SEEDS = 3;
/**
 * Rates, three to a decade: SGD's end where the sharpest direction diverges, Adam's about the distance to
 * go.
 */
const ranges = { sgd: [-5.67, -1], adam: [-4, 0.67] } as const;
const grid = ([from, to]: readonly [number, number]) =>
  Array.from({ length: Math.round(3 * (to - from)) + 1 }, (_, i) => 10 ** (from + i / 3));

/** Noise of one sample where it is added: the lab's own choice. */
const SIGMA = { columns: 0, isotropic: 30, hessian: 1 };

const descentOf = (
  { bowl, noise, beta, batchSize }: BowlWish,
  method: Tuned['method'],
  lr: number,
  seed: number,
): Descent => ({
  ...{ method, noise, beta, lr, seed, steps: BOWL_STEPS, warmup: 0.1, sigma: SIGMA[noise] },
  hessian: blockHessian(hessianPresets[bowl], seed),
  batchSize: batchOf({ noise, batchSize }),
});

export function tuned(wish: BowlWish, method: Tuned['method']): Tuned {
  const tried = grid(ranges[method]).map((lr) => {
    const runs = Array.from({ length: SEEDS }, (_, seed) => descentOf(wish, method, lr, seed));
    const losses = runs.map((run) => descend(run)).sort((a, b) => a - b);
    const middle = losses[Math.floor(SEEDS / 2)];
    return { lr, loss: hasDiverged(firstLoss(runs[0].hessian), middle) ? null : middle };
  });
  const known = tried.filter((one): one is { lr: number; loss: number } => one.loss !== null);
  return { method, tried, best: known.reduce((a, b) => (b.loss < a.loss ? b : a)) };
}

/** Losses along one run at `lr`, every third step; null from where they are no number. */
export function along(
  wish: BowlWish,
  method: Tuned['method'],
  lr: number,
): { x: number; y: number | null }[] {
  const points: { x: number; y: number | null }[] = [];
  descend(descentOf(wish, method, lr, 0), (step, loss) => {
    if (step % 3 === 0) points.push({ x: step, y: loss > 0 && loss < 1e12 ? loss : null });
  });
  return points;
}
