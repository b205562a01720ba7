// The SDEs of Theorem 1 beside their algorithms, as a study or a command asks for them.
import { z } from 'zod';
import { methods } from '../names.ts';
import type { SdeRow } from '../sde-lab.ts';
import { count, labName, loss, positives, seed, share } from './common.ts';

export const spec = z.strictObject({
  lab: z.literal('sde'),
  name: labName.default('sde'),
  // The two of the theorem; the forms with momentum were derived here.
  methods: z.array(z.enum(methods)).min(1).default(['sgd', 'signsgd']),
  /** Eigenvalues of a diagonal Hessian, and where to start: one number, or one for each. */
  spectrum: z.array(z.number().nonnegative()).min(1).default([1, 2, 3, 4, 5]),
  start: z.array(z.number()).min(1).default([1]),
  /** Noise of one sample's gradient, per coordinate: several levels. */
  sigma: z.array(z.number().nonnegative()).min(1).default([3, 10, 30]),
  batchSizes: positives.default([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]),
  /** Momentum of heavy ball and Signum. */
  beta: share.default(0.9),
  lr: z.number().positive().default(1e-3),
  steps: count.default(1000),
  /** Step at which batch sizes are compared; default: half way. */
  at: count.optional(),
  // With one, Euler-Maruyama for SGD would be SGD itself.
  substeps: count.default(4),
  paths: count.default(1000),
  /** Points along a trajectory. */
  points: count.default(50),
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
