// The quadratics of arXiv 2506.12543, appendix D, with every learning rate tuned:
// which part of the gap does the Hessian make, which the noise, and what does the batch size do to each.

import { UserError } from '../core/errors.ts';
import { quantileOfSorted } from '../core/quantile.ts';
import { descend, firstLoss } from './descend.ts';
import { hasDiverged } from './diverged.ts';
import { blockHessian, type Hessian, hessianPresets, matrixHessian } from './hessians.ts';
import { type DescentMethod, descents, type NoiseModel, noiseModels } from './names.ts';
import { keepPace, type Pace } from './pace.ts';
import { positive } from './simulate.ts';

export interface QuadraticLab {
  /** Named Hessians: blocks of eigenvalues, randomly rotated block by block, or a full matrix. */
  hessians: Record<string, { blocks: number[][] } | { matrix: number[][] }>;
  methods: readonly DescentMethod[];
  noise: NoiseModel;
  sigma: number;
  batchSizes: readonly number[];
  /** Every batch size takes `steps`, or as many steps as `samples` allow. */
  budget: { steps: number } | { samples: number };
  beta: number;
  warmup: number;
  seeds: number;
  seed: number;
  /**
   * Learning rates tried first, 10^(k/perDecade) between these bounds. The search
   * goes on beyond an end that wins.
   */
  lr: { from: number; to: number; perDecade: number };
}

/** The tuned loss of one method at one batch size. */
export interface QuadraticRow {
  hessian: string;
  batchSize: number;
  method: DescentMethod;
  steps: number;
  lr: number;
  /** False when the best learning rate is the last that was tried on its side. */
  bracketed: boolean;
  /**
   * Median and quartiles of the final loss over the seeds; null when half of the seeds
   * or more diverged at every setting.
   */
  loss: number | null;
  q1: number | null;
  q3: number | null;
  /** Final losses at that learning rate in the order of the seeds; null where one is no number. */
  bySeed: (number | null)[];
  seeds: number;
  /** Seeds that diverged: they end above their start, or nowhere. */
  diverged?: number;
}

export interface QuadraticCurveRow {
  hessian: string;
  batchSize: number;
  method: DescentMethod;
  lr: number;
  /** Median over the seeds; null where half of them diverged, or more. */
  loss: number | null;
  /** How many did. */
  diverged?: number;
}

/** Beyond this many steps over the first grid's ends the search gives up, and says so. */
const MOST_EXTENSIONS = 12;

/** Runs all of it. Throws UserError for settings that make no sense. */
export async function quadraticLab(
  lab: QuadraticLab,
  pace: Pace = {},
): Promise<{ rows: QuadraticRow[]; curves: QuadraticCurveRow[] }> {
  const hessians = Object.entries(lab.hessians).map(([name, definition]) => ({
    name,
    make: maker(definition, lab),
  }));
  check(
    lab,
    hessians.map(({ make }) => make(0).dim),
  );
  const rows: QuadraticRow[] = [];
  const curves: QuadraticCurveRow[] = [];
  const cells = hessians.flatMap((hessian) =>
    lab.batchSizes.flatMap((batchSize) => lab.methods.map((method) => ({ hessian, batchSize, method }))),
  );
  const tick = keepPace(pace);
  const { from, to, perDecade } = lab.lr;
  const [low, high] = [from, to].map((lr) => Math.round(Math.log10(lr) * perDecade));
  for (const [done, { hessian, batchSize, method }] of cells.entries()) {
    const steps =
      'steps' in lab.budget ? lab.budget.steps : Math.max(1, Math.round(lab.budget.samples / batchSize));
    const tried = new Map<number, { bySeed: number[]; sorted: number[]; median: number; diverged: number }>();
    const attempt = async (k: number) => {
      const lr = 10 ** (k / perDecade);
      const losses: number[] = [];
      let diverged = 0;
      for (let s = 0; s < lab.seeds; s++) {
        const h = hessian.make(s);
        const loss = descend({
          ...{ method, hessian: h, noise: lab.noise, sigma: lab.sigma, batchSize, steps, lr },
          ...{ beta: lab.beta, warmup: lab.warmup, seed: lab.seed + s },
        });
        losses.push(loss);
        if (hasDiverged(firstLoss(h), loss)) diverged++;
        await tick((done + Math.min(0.95, tried.size / (high - low + 2))) / cells.length);
      }
      const sorted = losses.toSorted((a, b) => a - b);
      const median = 2 * diverged < lab.seeds ? quantileOfSorted(sorted, 0.5) : Number.POSITIVE_INFINITY;
      tried.set(k, { bySeed: losses, sorted, median, diverged });
    };
    for (let k = low; k <= high; k++) await attempt(k);
    let best = winner(tried);
    for (let extra = 0; extra < MOST_EXTENSIONS; extra++) {
      const keys = [...tried.keys()];
      const [first, last] = [Math.min(...keys), Math.max(...keys)];
      if (best !== first && best !== last) break;
      await attempt(best === first ? first - 1 : last + 1);
      best = winner(tried);
    }
    const keys = [...tried.keys()].sort((a, b) => a - b);
    const { bySeed, sorted, median } = tried.get(best)!;
    const finite = (value: number) => (Number.isFinite(value) ? value : null);
    rows.push({
      ...{ hessian: hessian.name, batchSize, method, steps, lr: 10 ** (best / perDecade) },
      bracketed: best !== keys[0] && best !== keys[keys.length - 1] && Number.isFinite(median),
      ...{
        loss: finite(median),
        q1: finite(quantileOfSorted(sorted, 0.25)),
        q3: finite(quantileOfSorted(sorted, 0.75)),
        bySeed: bySeed.map(finite),
        seeds: lab.seeds,
        diverged: tried.get(best)!.diverged,
      },
    });
    for (const k of keys) {
      const { median: loss, diverged } = tried.get(k)!;
      curves.push({
        ...{ hessian: hessian.name, batchSize, method, lr: 10 ** (k / perDecade), loss: finite(loss) },
        diverged,
      });
    }
  }
  return { rows, curves };
}

/** The setting with the lowest median; the lowest learning rate of several equal ones. */
function winner(tried: Map<number, { median: number }>): number {
  return [...tried].reduce((a, b) => (b[1].median < a[1].median ? b : a))[0];
}

/** One Hessian for each seed: rotations differ, a given matrix stays. */
function maker(
  definition: { blocks: number[][] } | { matrix: number[][] },
  { seed }: QuadraticLab,
): (s: number) => Hessian {
  if ('matrix' in definition) {
    const hessian = matrixHessian(definition.matrix);
    return () => hessian;
  }
  const made: Hessian[] = [];
  return (s) => (made[s] ??= blockHessian(definition.blocks, seed + s));
}

function check(
  { methods, noise, sigma, batchSizes, budget, beta, warmup, seeds, lr }: QuadraticLab,
  dims: number[],
): void {
  for (const method of methods)
    if (!descents.includes(method))
      throw new UserError(`unknown optimizer "${method}"; the lab has ${descents.join(', ')}`);
  if (!noiseModels.includes(noise))
    throw new UserError(`unknown noise "${noise}"; there are ${noiseModels.join(', ')}`);
  if (!(sigma >= 0 && Number.isFinite(sigma)))
    throw new UserError(`noise sigma must be a number of at least 0, not ${sigma}`);
  for (const batchSize of batchSizes) {
    positive('batch size', batchSize);
    const smallest = Math.min(...dims);
    if (noise === 'columns' && (!Number.isInteger(batchSize) || batchSize > smallest))
      throw new UserError(
        `batch size ${batchSize}: with noise from columns a batch is 1 to ${smallest} of the ${smallest} columns (--noise isotropic knows no such limit)`,
      );
  }
  const [name, value] = 'steps' in budget ? ['steps', budget.steps] : ['samples', budget.samples];
  if (!(Number.isInteger(value) && value >= 1))
    throw new UserError(`${name} must be an integer of at least 1, not ${value}`);
  if (!(beta >= 0 && beta < 1)) throw new UserError(`momentum must be at least 0 and below 1, not ${beta}`);
  if (!(warmup >= 0 && warmup < 1))
    throw new UserError(`warmup must be at least 0 and below 1, not ${warmup}`);
  if (!(Number.isInteger(seeds) && seeds >= 1))
    throw new UserError(`seeds must be an integer of at least 1, not ${seeds}`);
  positive('lowest learning rate', lr.from);
  if (!(lr.to > lr.from))
    throw new UserError(
      `the highest learning rate must be above the lowest, and ${lr.to} is not above ${lr.from}`,
    );
}

/**
 * Blocks by the name of a preset, or the user's own eigenvalues as one block each (`1,2;100,200` has two).
 */
export function blocksOf(text: string): number[][] {
  if (Object.hasOwn(hessianPresets, text)) return hessianPresets[text];
  const blocks = text.split(';').map((block) =>
    block
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number),
  );
  if (blocks.flat().some(Number.isNaN))
    throw new UserError(
      `spectrum "${text}" is neither ${Object.keys(hessianPresets).join(' nor ')} nor numbers like 1,2,3;99,100`,
    );
  return blocks.filter((block) => block.length > 0);
}
