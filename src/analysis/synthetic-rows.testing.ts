// A synthetic study for tests: losses follow a parabola in log2(lr) around optima
// like those measured with the nano model on a million tokens, where the gap opens
// from about zero at batch 1 to half a nat at batch 256.
import type { CurvePoint, RunRow, RunStatus } from './rows.ts';

/** [batch size, Adam's loss and lr, SGD's loss and lr] at the optimum. */
const optima: [number, number, number, number, number][] = [
  [1, 3.342, 0.001, 3.309, 0.03],
  [4, 3.25, 0.001, 3.293, 0.06],
  [16, 3.314, 0.003, 3.443, 0.06],
  [64, 3.711, 0.01, 4.161, 0.125],
  [256, 4.042, 0.01, 4.501, 1],
];

/** A finished row with sensible defaults. */
export function row(part: Partial<RunRow> = {}): RunRow {
  const status: RunStatus = part.status ?? 'done';
  const judged = status === 'done';
  const base = {
    optimizer: 'adam',
    batchSize: 4,
    model: 'nano',
    tokens: 1_000_000,
    lr: 0.01,
    hyper: {},
    seed: 0,
    status,
    valLoss: judged ? 3.5 : null,
    valBitsPerByte: judged ? 1.6 : null,
    trainLoss: judged ? 3.4 : null,
    seconds: 12,
    tokensPerSecond: 80_000,
    ...part,
  };
  const id = [base.model, base.tokens, base.optimizer, base.batchSize, base.lr, JSON.stringify(base.hyper)];
  return { runId: [...id, base.seed].join('/'), ...base };
}

/** A tuning seed that no row has. */
export const TUNING = 100;

/**
 * For studies in which all seeds count: what was tuned at seed 0 becomes a seed of its own,
 * so that seed 0 is a fresh one of the winner.
 */
export const tunedApart = (rows: readonly RunRow[]): RunRow[] =>
  rows.flatMap((one) => (one.seed === 0 ? [one, { ...one, seed: TUNING }] : [one]));

/**
 * Tuned at the first seed, three fresh ones of the winners; five learning rates a factor 2 apart per cell,
 * the largest diverged for SGD.
 */
export function syntheticRows(seeds: readonly number[] = [0, 1, 2, 3]): RunRow[] {
  const rows: RunRow[] = [];
  for (const [batchSize, adamLoss, adamLr, sgdLoss, sgdLr] of optima) {
    const arms: { optimizer: string; loss: number; lr: number; hyper: Record<string, number> }[] = [
      { optimizer: 'adam', loss: adamLoss, lr: adamLr, hyper: { beta1: 0.95, beta2: 0.95 } },
      { optimizer: 'sgd', loss: sgdLoss, lr: sgdLr, hyper: { momentum: 0.95 } },
    ];
    for (const arm of arms) {
      for (const seed of seeds) {
        for (const octave of seed === seeds[0] ? [-2, -1, 0, 1, 2] : [0]) {
          const diverged = arm.optimizer === 'sgd' && octave === 2;
          // Seeds move both optimizers together (data order) and each a little on its own.
          const noise = 0.012 * Math.sin(7 * seed + batchSize) + 0.01 * Math.sin(13 * seed + 30 * arm.loss);
          const valLoss = arm.loss + 0.05 * octave ** 2 + noise;
          const part = {
            optimizer: arm.optimizer,
            hyper: arm.hyper,
            lr: arm.lr * 2 ** octave,
            seed,
            batchSize,
          };
          if (diverged)
            rows.push(
              row({ ...part, status: 'diverged', tokensTrained: 60_000, reason: 'loss is not finite' }),
            );
          else
            rows.push(
              row({ ...part, valLoss, valBitsPerByte: valLoss * 0.48, lossCurve: curve(valLoss, batchSize) }),
            );
        }
      }
    }
  }
  return rows;
}

function curve(final: number, batchSize: number): CurvePoint[] {
  const steps = Math.floor(1_000_000 / (64 * batchSize));
  const lines = Math.min(steps, 200);
  return Array.from({ length: lines }, (_, i) => {
    const step = Math.round(((i + 1) * steps) / lines);
    const tokens = step * 64 * batchSize;
    const wiggle = (0.3 / Math.sqrt(batchSize)) * Math.sin(43758.5 * Math.sin(i * 12.9898 + batchSize));
    return { step, tokens, loss: final + (7.6 - final) * Math.exp(-tokens / 150_000) + wiggle };
  });
}
