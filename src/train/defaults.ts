// What a single run is where nothing is said, on the command line and in programs alike.
import { DEFAULT_WARMUP } from '../optim/schedules.ts';

export const runDefaults = {
  model: 'nano',
  optimizer: 'adam',
  // Large enough that both optimizers work, small enough for many steps.
  batchSize: 16,
  // About ten seconds of `nano` on one core, and enough for the loss to leave the frequencies
  // of single tokens behind.
  tokens: 400_000,
  seed: 1,
  /** Norm that gradients are clipped to, as in arXiv 2506.12543. */
  clip: 1,
  /** Cosine to 1% of the peak, as in studies. */
  schedule: { name: 'cosine', warmup: DEFAULT_WARMUP, final: 0.01 },
  /** Share of the sequences over which a batch grows. */
  growOver: 0.05,
  eval: { tokens: 65_536, every: 0 },
} as const;
