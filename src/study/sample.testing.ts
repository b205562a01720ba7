// A small frozen study for tests.
import type { ArmConfig, FrozenStudy } from '../store/schemas.ts';

/** An arm whose learning rate is bracketed from `guess`. */
export const sampleArm = (optimizer: string, hyper: ArmConfig['hyper'], guess: number): ArmConfig => ({
  ...{ optimizer, hyper, axes: {}, clip: 1 },
  schedule: { name: 'cosine', warmup: 0.1, final: 0.01 },
  lr: { kind: 'bracket', guess, ratio: 2, carry: 0.5 },
});

/** A point of that study. */
export const samplePoint = {
  optimizer: 'sgd',
  batchSize: 4,
  model: 'tiny',
  tokens: 4096,
  lr: 0.1,
  hyper: { momentum: 0.9 },
  seed: 1,
};

/** Two arms on a tiny model; fields can be replaced. */
export const sampleStudy = (change: Partial<FrozenStudy> = {}): FrozenStudy => ({
  schema: 1,
  name: 'sample',
  title: 'Sample',
  description: '',
  models: {
    tiny: {
      ...{ vocabSize: 64, dim: 8, layers: 1, heads: 2, ffnDim: 16, seqLen: 8 },
      ...{ ropeTheta: 500000, normEps: 1e-6, initStd: 0.02 },
    },
  },
  data: { corpus: 'fake', fingerprint: 'f'.repeat(64), vocabSize: 64 },
  tokens: [4096],
  batchSizes: [1, 4, 16],
  optimizers: {
    sgd: sampleArm('sgd', { momentum: 0.9 }, 0.1),
    adam: sampleArm('adam', { beta1: 0.95 }, 0.001),
  },
  maxPoints: 12,
  seeds: { tune: 1, fresh: 2 },
  eval: { tokens: 128, every: 0 },
  microBatch: null,
  baseline: 'adam',
  challenger: 'sgd',
  ...change,
});
