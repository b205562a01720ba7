// What a study of the paper's size trains (arXiv 2506.12543): token budgets, batch sizes and grids,
// as far as they are known.

export interface PaperArm {
  optimizer: string;
  hyper: Record<string, readonly number[]>;
  lr: readonly number[];
  /** Buffers of optimizer state per parameter. */
  stateBuffers: number;
}
export interface PaperGrid {
  tokens: number;
  batchSizes: readonly number[];
  arms: readonly PaperArm[];
  /** What of it the paper does not say, or what no source at hand repeats. */
  assumed: readonly string[];
}

const arms: readonly PaperArm[] = [
  // Heavy ball without dampening: the effective rate is lr / (1 - momentum).
  { optimizer: 'sgd', hyper: { momentum: [0.9, 0.95, 0.98] }, lr: [0.25, 0.5, 1], stateBuffers: 1 },
  { optimizer: 'adam', hyper: { beta1: [0.95], beta2: [0.95] }, lr: [1e-3, 2e-3, 4e-3], stateBuffers: 2 },
];

/** Figure 1 and the runs of figures 3 and 4; the larger models of figure 5 with the same grids. */
export const paperGrids: Record<string, PaperGrid> = {
  '160m': {
    tokens: 1.3e9,
    batchSizes: [16, 64, 256, 1024],
    arms,
    assumed: ['which batch sizes got the whole grid'],
  },
  '410m': {
    tokens: 1.3e9,
    batchSizes: [16, 64, 256],
    arms,
    assumed: ['the token budget of 160m', 'the grids of 160m', 'these batch sizes'],
  },
  '1b': {
    tokens: 1.3e9,
    batchSizes: [16, 64, 256],
    arms,
    assumed: ['the token budget of 160m', 'the grids of 160m', 'these batch sizes'],
  },
};
