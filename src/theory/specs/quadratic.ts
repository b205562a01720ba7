// Quadratics with and without block structure, every learning rate tuned, as a study or a command asks for them.
import { z } from 'zod';
import { descents, noiseModels } from '../names.ts';
import type { QuadraticCurveRow, QuadraticRow } from '../quadratic-lab.ts';
import { count, labName, loss, positives, seed, share } from './common.ts';

export const spec = z.strictObject({
  lab: z.literal('quadratic'),
  name: labName.default('quadratic'),
  /** `heterogeneous`, `homogeneous`, or eigenvalues with blocks separated by `;`. */
  hessians: z.array(z.string()).min(1).default(['heterogeneous', 'homogeneous']),
  methods: z
    .array(z.enum(descents))
    .min(1)
    .default([...descents]),
  noise: z.enum(noiseModels).default('columns'),
  /** Of isotropic and hessian; the level at which the gap opens within the batch sizes below. */
  sigma: z.number().nonnegative().default(30),
  /** Default: all that nine columns allow, else up to where noise no longer matters. */
  batchSizes: positives.optional(),
  /** Steps of a run at every batch size ... */
  steps: count.default(500),
  /** ... or equal samples: this many / batch size steps. */
  samples: count.optional(),
  /** Momentum of all, an average, and both betas of Adam. */
  beta: share.default(0.95),
  /** Share of the steps; then cosine to 0. */
  warmup: share.default(0.1),
  /** Random rotations and samples; medians and quartiles are over them. */
  seeds: count.default(10),
  /** Learning rates tried first; the search goes on where an end wins. */
  lr: z
    .strictObject({
      from: z.number().positive().default(1e-5),
      to: z.number().positive().default(1),
      perDecade: count.default(4),
    })
    .default({ from: 1e-5, to: 1, perDecade: 4 }),
  seed,
});

const place = { hessian: z.string(), batchSize: z.number(), method: z.enum(descents), lr: z.number() };

export const result = z.object({
  rows: z.array(
    z.object({
      ...place,
      steps: z.number(),
      bracketed: z.boolean(),
      ...{ loss, q1: loss, q3: loss, bySeed: z.array(loss) },
      seeds: z.number(),
    }) satisfies z.ZodType<QuadraticRow>,
  ),
  curves: z.array(z.object({ ...place, loss }) satisfies z.ZodType<QuadraticCurveRow>),
});

export type QuadraticSpec = z.infer<typeof spec>;

/** The batch sizes, or those that suit the noise. */
export const batchSizesOf = ({ batchSizes, noise }: Pick<QuadraticSpec, 'batchSizes' | 'noise'>): number[] =>
  batchSizes ?? (noise === 'columns' ? [1, 3, 9] : [1, 16, 256, 4096, 65536]);

/** Every batch size takes so many steps, or as many as the samples allow. */
export const budgetOf = ({
  steps,
  samples,
}: Pick<QuadraticSpec, 'steps' | 'samples'>): { steps: number } | { samples: number } =>
  samples === undefined ? { steps } : { samples };
