// The toy of rare classes, as a study or a command asks for it.
import { z } from 'zod';
import type { ImbalanceRow, ImbalanceTuned } from '../imbalance-lab.ts';
import { imbalanceSamples } from '../imbalance-samples.ts';
import { imbalanceMethods } from '../names.ts';
import { count, labName, loss, seed, share } from './common.ts';

export const spec = z.strictObject({
  lab: z.literal('imbalance'),
  name: labName.default('imbalance'),
  levels: z
    .int()
    .min(2)
    .max(8)
    .default(5)
    .describe('Levels of frequency: level i has 2^i classes, and all levels equally many samples.'),
  methods: z
    .array(z.enum(imbalanceMethods))
    .min(1)
    .default([...imbalanceMethods])
    .describe('Algorithms. Default: all there are.'),
  batchSizes: z
    .array(count)
    .min(1)
    .optional()
    .describe('Samples of a step; more than there are means all. Default: 4, 16 and all.'),
  steps: count.default(100).describe('Steps of a run at every batch size.'),
  epochs: count.optional().describe('In place of steps: so many passes over the data at every batch size.'),
  beta: share.default(0.9).describe('Momentum, and both betas of Adam.'),
  seeds: count.default(3).describe('Data and their orders; learning rates are tuned on the mean over them.'),
  seed,
});

const method = z.enum(imbalanceMethods);

export const result = z.object({
  rows: z.array(
    z.object({
      ...{ method, batchSize: z.number(), lr: z.number(), level: z.number(), classes: z.number() },
      ...{ samplesPerClass: z.number(), step: z.number(), loss: z.number(), lo: z.number(), hi: z.number() },
      bySeed: z.array(loss),
    }) satisfies z.ZodType<ImbalanceRow>,
  ),
  tuned: z.array(
    z.object({
      ...{ method, batchSize: z.number(), steps: z.number(), lr: z.number(), loss },
      tried: z.array(z.object({ lr: z.number(), loss, diverged: z.number().optional() })),
      bracketed: z.boolean(),
    }) satisfies z.ZodType<ImbalanceTuned>,
  ),
});

export type ImbalanceSpec = z.infer<typeof spec>;

export const batchSizesOf = ({
  batchSizes,
  levels,
}: Pick<ImbalanceSpec, 'batchSizes' | 'levels'>): number[] => batchSizes ?? [4, 16, imbalanceSamples(levels)];

/** Every batch size takes so many steps, or as many as give the epochs. */
export const budgetOf = ({
  steps,
  epochs,
}: Pick<ImbalanceSpec, 'steps' | 'epochs'>): { steps: number } | { epochs: number } =>
  epochs === undefined ? { steps } : { epochs };
