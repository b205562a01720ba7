// The arithmetic of a study of the paper's size before anybody pays for it: FLOP, memory, days.
import type { ModelConfig } from './config.ts';
import { flopPerToken, memory } from './cost.ts';
import { type Gpu, utilisation } from './gpu.ts';
import type { PaperGrid } from './paper-grid.ts';

export interface PlannedArm {
  optimizer: string;
  /** Points of the grid at one batch size. */
  points: number;
  /** Runs over all batch sizes. */
  runs: number;
  /** Bytes of one run at the micro-batch. */
  memory: number;
  flop: number;
}

export interface ModelPlan {
  tokens: number;
  flopPerToken: number;
  /** Of one run. */
  runFlop: number;
  runs: number;
  flop: number;
  /** Sequences per micro-batch that the memory is counted for. */
  microBatch: number;
  arms: PlannedArm[];
  /** Optimizer steps of a run by batch size. */
  steps: { batchSize: number; steps: number }[];
  /** Days of one device with runs one after another, at the high and at the low end of the utilisation. */
  days: { format: 'tf32' | 'bf16'; devices: number; from: number; to: number }[];
}

const SECONDS_PER_DAY = 86400;

/**
 * One seed of every point; `microBatch` sequences at once. Several devices take whole runs,
 * so that nothing is exchanged.
 */
export function planModel(config: ModelConfig, grid: PaperGrid, gpu: Gpu, microBatch: number): ModelPlan {
  const perToken = flopPerToken(config).total;
  const runFlop = grid.tokens * perToken;
  const arms = grid.arms.map(({ optimizer, hyper, lr, stateBuffers }) => {
    const points = Object.values(hyper).reduce((n, values) => n * values.length, lr.length);
    const runs = points * grid.batchSizes.length;
    const { total } = memory(config, { stateBuffers, batchSize: microBatch, microBatch });
    return { optimizer, points, runs, memory: total, flop: runs * runFlop };
  });
  const runs = arms.reduce((n, arm) => n + arm.runs, 0);
  const flop = runs * runFlop;
  // The last round of runs may leave devices idle.
  const share = (devices: number) => Math.ceil(runs / devices) / runs;
  const days = (['tf32', 'bf16'] as const).flatMap((format) =>
    [1, 8].map((devices) => {
      const at = (part: number) => (share(devices) * flop) / (gpu.peak[format] * part) / SECONDS_PER_DAY;
      return { format, devices, from: at(utilisation.high), to: at(utilisation.low) };
    }),
  );
  const steps = grid.batchSizes.map((batchSize) => ({
    batchSize,
    steps: Math.floor(grid.tokens / (batchSize * config.seqLen)),
  }));
  return { tokens: grid.tokens, flopPerToken: perToken, runFlop, runs, flop, microBatch, arms, steps, days };
}
