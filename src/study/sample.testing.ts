// A small frozen study and synthetic loss surfaces for tests.
import type { FrozenStudy } from '../store/schemas.ts';

/** Two arms on a tiny model, bracket mode; fields can be replaced. */
export function sampleStudy(change: Partial<FrozenStudy> = {}): FrozenStudy {
  const schedule = { name: 'cosine', warmup: 0.1, final: 0.01 };
  const arm = { axes: {}, clip: 1, schedule };
  return {
    schema: 1,
    name: 'sample',
    title: 'Sample',
    description: '',
    models: {
      tiny: {
        vocabSize: 64,
        dim: 8,
        layers: 1,
        heads: 2,
        ffnDim: 16,
        seqLen: 8,
        ropeTheta: 500000,
        normEps: 1e-6,
        initStd: 0.02,
      },
    },
    data: { corpus: 'fake', fingerprint: 'f'.repeat(64), vocabSize: 64 },
    tokens: [4096],
    batchSizes: [1, 4, 16],
    optimizers: {
      sgd: {
        ...arm,
        optimizer: 'sgd',
        hyper: { momentum: 0.9 },
        lr: { kind: 'bracket', guess: 0.1, ratio: 2, carry: 0.5 },
      },
      adam: {
        ...arm,
        optimizer: 'adam',
        hyper: { beta1: 0.95 },
        lr: { kind: 'bracket', guess: 0.001, ratio: 2, carry: 0.5 },
      },
    },
    maxPoints: 12,
    seeds: { tune: 1, final: 3 },
    eval: { tokens: 128, every: 0 },
    microBatch: null,
    baseline: 'adam',
    challenger: 'sgd',
    ...change,
  };
}
