// Early progress against batch size on a fine grid: about B^0 for SGD, B^(1/2) for sign
// descent and Adam until saturation (arXiv 2506.12543, section 4.3).

import { UserError } from '../core/errors.ts';
import { t95 } from '../core/student.ts';
import { type Exponent, exponentOverRepetitions } from './fit.ts';
import type { Method } from './names.ts';
import { type Pace, subPace } from './pace.ts';
import type { Quadratic } from './problem.ts';
import { simulate } from './simulate.ts';

export interface ScalingLab {
  methods: readonly Method[];
  problem: Quadratic;
  batchSizes: readonly number[];
  /** Small: progress is to be the pull, not the curvature; second-order terms are then below a percent. */
  lr: number;
  beta: number;
  beta2: number;
  steps: number;
  paths: number;
  /** Independent repetitions of the whole curve: the exponents' intervals come from them. */
  repetitions: number;
  seed: number;
}

export interface ScalingRow {
  method: Method;
  batchSize: number;
  /** Loss lost per unit of time (learning rate times steps), mean over repetitions. */
  progress: number;
  /** 95% interval over the repetitions. */
  lo: number;
  hi: number;
}

export interface ScalingFit extends Exponent {
  method: string;
  /** Where the fit was made: before saturation, or everywhere. */
  range: 'before saturation' | 'all' | 'after saturation';
}

export async function scalingLab(
  lab: ScalingLab,
  pace: Pace = {},
): Promise<{ rows: ScalingRow[]; fits: ScalingFit[]; saturation: { from: number; to: number } }> {
  const { methods, problem, batchSizes, lr, steps, repetitions } = lab;
  if (!(repetitions >= 2))
    throw new UserError(`repetitions must be at least 2, for an interval, not ${repetitions}`);
  const sizes = batchSizes.toSorted((a, b) => a - b);
  const start = problem.lossAt(problem.start, 1, 0);
  const curves = methods.map(() =>
    Array.from({ length: repetitions }, () => [] as { x: number; y: number }[]),
  );
  const total = methods.length * sizes.length * repetitions;
  let done = 0;
  for (const [m, method] of methods.entries())
    for (const batchSize of sizes)
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const [end] = await simulate(
          {
            ...{
              method,
              form: 'discrete',
              problem,
              lr,
              batchSize,
              beta: lab.beta,
              beta2: lab.beta2,
              paths: lab.paths,
            },
            ...{ seed: lab.seed * 1000003 + repetition, record: [steps] },
          },
          subPace(pace, done / total, (done + 1) / total),
        );
        curves[m][repetition].push({ x: batchSize, y: (start - end.mean) / (lr * steps) });
        done++;
      }
  const rows = methods.flatMap((method, m) =>
    sizes.map((batchSize, b): ScalingRow => {
      const values = curves[m].map((curve) => curve[b].y);
      const mean = values.reduce((sum, y) => sum + y, 0) / repetitions;
      const error = Math.sqrt(
        values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (repetitions - 1) / repetitions,
      );
      const half = t95(repetitions - 1) * error;
      return { method, batchSize, progress: mean, lo: mean - half, hi: mean + half };
    }),
  );
  const saturation = saturationRange(problem);
  const fits = methods.flatMap((method, m) =>
    (['before saturation', 'after saturation', 'all'] as const).flatMap((range): ScalingFit[] => {
      const inside = ({ x }: { x: number }) =>
        range === 'all' || (range === 'before saturation' ? x <= saturation.from : x >= saturation.to);
      const fit = exponentOverRepetitions(
        curves[m].map((curve) => curve.filter(inside)),
        (n) => t95(n - 1),
      );
      return fit ? [{ method, range, ...fit }] : [];
    }),
  );
  return { rows, fits, saturation };
}

/**
 * Batch sizes at the start of the run between which erf bends: below `from` the argument
 * sqrt(B/2) |g| / sigma is at most 0.3 in every coordinate (erf is linear to 3%),
 * from `to` on it is at least 2 in every coordinate (erf is 1 to half a percent).
 */
function saturationRange(problem: Quadratic): { from: number; to: number } {
  const ratios = startGradient(problem).map((g, i) => Math.abs(g) / problem.sigma[i]);
  const strongest = Math.max(...ratios);
  const weakest = Math.min(...ratios.filter((ratio) => ratio > 0));
  return { from: 2 * (0.3 / strongest) ** 2, to: 2 * (2 / weakest) ** 2 };
}

/** Full gradient where the runs start. */
export function startGradient({ eigenvalues, matrix, start }: Quadratic): number[] {
  return eigenvalues.map((h, i) =>
    matrix ? matrix[i].reduce((sum, entry, j) => sum + entry * start[j], 0) : h * start[i],
  );
}
