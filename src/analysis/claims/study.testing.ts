// Studies for the tests of claims: every arm at every batch size, with a bracketed
// winner and four seeds of it.

import { frontier } from '../frontier.ts';
import type { RunRow } from '../rows.ts';
import { row, TUNING, tunedApart } from '../synthetic-rows.testing.ts';
import type { StudyFacts } from './claim.ts';

export const seqLen = 64;
export const tokens = 1_000_000;
const seeds = [0, 1, 2, 3];

/** Every arm at every batch size: a bracketed winner with `loss`, and four seeds of it. */
export function study(
  arms: Record<string, (batchSize: number, seed: number) => number>,
  batchSizes = [1, 4, 16, 64],
): StudyFacts {
  const rows = Object.entries(arms).flatMap(([optimizer, loss]) =>
    batchSizes.flatMap((batchSize) => [
      ...[0.5, 2].map((factor) =>
        row({ optimizer, batchSize, tokens, lr: 0.01 * factor, valLoss: loss(batchSize, 0) + 0.3 }),
      ),
      ...seeds.map((seed) =>
        row({ optimizer, batchSize, tokens, lr: 0.01, seed, valLoss: loss(batchSize, seed) }),
      ),
    ]),
  );
  return factsOf(rows, Object.keys(arms), batchSizes);
}

/** `planned`: seeds that every winner is to have. */
export function factsOf(
  rows: RunRow[],
  arms: string[],
  batchSizes: number[],
  planned: readonly number[] = seeds,
): StudyFacts {
  const frontiers = [{ model: 'nano', tokens, steps: null }];
  return {
    rows,
    cells: frontier(tunedApart(rows), { tuning: [TUNING], fresh: planned }),
    arms,
    batchSizes,
    frontiers,
    seeds: planned,
    probed: {},
    models: { nano: { seqLen } },
    theory: [],
  };
}

/** Seeds differ by a hundredth, the same for every arm, and a thousandth of their own. */
export const noisy = (base: number) => (_: number, seed: number) =>
  base + 0.01 * seed + 0.001 * ((seed * 7) % 3);
