// Quadratics with and without block structure, every learning rate tuned, as a study
// or a command asks for them.
import { z } from 'zod';
import { descents, noiseModels } from '../names.ts';
import type { QuadraticCurveRow, QuadraticRow } from '../quadratic-lab.ts';
import { count, labName, loss, positives, seed, share } from './common.ts';

export const spec = z.strictObject({
  lab: z.literal('quadratic'),
  name: labName.default('quadratic'),
  hessians: z
    .array(z.string())
    .min(1)
    .default(['heterogeneous', 'homogeneous'])
    .describe('heterogeneous, homogeneous, or eigenvalues with blocks separated by ";".'),
  methods: z
    .array(z.enum(descents))
    .min(1)
    .default([...descents])
    .describe('Algorithms. Default: all there are.'),
  noise: z.enum(noiseModels).default('columns').describe('Where the noise comes from (docs/theory.md).'),
  sigma: z
    .number()
    .nonnegative()
    .default(30)
    .describe('Noise of isotropic and hessian. Default: where the gap opens within the batch sizes.'),
  batchSizes: positives
    .optional()
    .describe(
      'Samples of a step. Default: all that nine columns allow, else up to where noise no longer matters.',
    ),
  steps: count.default(500).describe('Steps of a run at every batch size.'),
  samples: count.optional().describe('In place of steps: so many samples at every batch size.'),
  beta: share.default(0.95).describe('Momentum of all, an average, and both betas of Adam.'),
  warmup: share
    .default(0.1)
    .describe('Share of the steps in which the rate rises; then it falls to 0 as a cosine.'),
  seeds: count.default(10).describe('Random rotations and samples; medians and quartiles are over them.'),
  lr: z
    .strictObject({
      from: z.number().positive().default(1e-5).describe('The smallest.'),
      to: z.number().positive().default(1).describe('The largest.'),
      perDecade: count.default(4).describe('How many to a factor of ten.'),
    })
    .default({ from: 1e-5, to: 1, perDecade: 4 })
    .describe('Learning rates tried first; the search goes on where an end wins.'),
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
      diverged: z.number().optional(),
    }) satisfies z.ZodType<QuadraticRow>,
  ),
  curves: z.array(
    z.object({ ...place, loss, diverged: z.number().optional() }) satisfies z.ZodType<QuadraticCurveRow>,
  ),
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
