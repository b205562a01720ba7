// The SDEs of Theorem 1 beside their algorithms, as a study or a command asks for them.
import { z } from 'zod';
import { methods } from '../names.ts';
import type { SdeRow } from '../sde-lab.ts';
import { count, labName, loss, positives, seed, share } from './common.ts';

export const spec = z.strictObject({
  lab: z.literal('sde'),
  name: labName.default('sde'),
  methods: z
    .array(z.enum(methods))
    .min(1)
    .default(['sgd', 'signsgd'])
    .describe('Algorithms. Default: the two of the theorem; the forms with momentum were derived here.'),
  spectrum: z
    .array(z.number().nonnegative())
    .min(1)
    .default([1, 2, 3, 4, 5])
    .describe('Eigenvalues of a diagonal Hessian.'),
  start: z
    .array(z.number())
    .min(1)
    .default([1])
    .describe('Where to start: one number, or one for each eigenvalue.'),
  sigma: z
    .array(z.number().nonnegative())
    .min(1)
    .default([3, 10, 30])
    .describe("Noise of one sample's gradient, per coordinate: several levels."),
  batchSizes: positives.default([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]).describe('Samples of a step.'),
  beta: share.default(0.9).describe('Momentum of heavy ball and Signum.'),
  lr: z.number().positive().default(1e-3).describe('Learning rate.'),
  steps: count.default(1000).describe('Steps of a path.'),
  at: count.optional().describe('Step at which batch sizes are compared. Default: half way.'),
  substeps: count
    .default(4)
    .describe('Steps of Euler and Maruyama in a step. With one, that of SGD would be SGD itself.'),
  paths: count.default(1000).describe('Random paths; medians and quartiles are over them.'),
  points: count.default(50).describe('Points along a trajectory.'),
  seed,
});

export const result = z.object({
  rows: z.array(
    z.object({
      method: z.enum(methods),
      form: z.enum(['discrete', 'sde']),
      sigma: z.number(),
      batchSize: z.number(),
      step: z.number(),
      ...{ loss, standardError: loss, q1: loss, q3: loss },
    }) satisfies z.ZodType<SdeRow>,
  ),
});

export type SdeSpec = z.infer<typeof spec>;

/** The step at which batch sizes are compared. */
export const checkpointOf = ({ at, steps }: Pick<SdeSpec, 'at' | 'steps'>): number =>
  at ?? Math.ceil(steps / 2);

/** The level of noise that is looked at closely: the middle one. */
export const middleNoise = (sigmas: readonly number[]): number => sigmas[Math.floor(sigmas.length / 2)];
