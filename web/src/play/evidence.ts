// The measured runs behind the argument (argument.json, written by scripts/argument.ts from a study of the
// map).
import json from './argument.json' with { type: 'json' };

export interface EvidenceCell {
  /** Tokens of each run. */
  tokens: number;
  batchSize: number;
  optimizer: string;
  /** The best rate. */
  lr: number;
  /** Validation losses at that rate, one for each fresh seed. */
  losses: number[];
  /** At the tuning seed, by learning rate; null where the run diverged. */
  tried: { lr: number; loss: number | null }[];
}

/** SGD minus Adam, in nats per token. */
export interface EvidenceGap {
  tokens: number;
  batchSize: number;
  gap: number;
  /** Its 95% interval. */
  lo: number;
  hi: number;
}

export interface EvidenceCurve {
  tokens: number;
  batchSize: number;
  optimizer: string;
  seed: number;
  /** Tokens seen and smoothed training loss. */
  points: [tokens: number, loss: number][];
}

export interface Evidence {
  /** The command that makes the file. */
  madeBy: string;
  study: string;
  /** Of its last run. */
  date: string;
  model: { name: string; parameters: number; seqLen: number; vocabSize: number };
  /** Nats per token of predicting tokens by their frequencies alone. */
  unigram: number | null;
  seeds: { tune: number; fresh: number };
  runs: number;
  tokensTrained: number;
  batchSizes: number[];
  /** Lengths at which at least the smallest and the largest batch size are finished, ascending. */
  lengths: number[];
  /** Finished ones only. */
  cells: EvidenceCell[];
  gaps: EvidenceGap[];
  curves: EvidenceCurve[];
}

export const stepsAt = (
  { model }: Evidence,
  { tokens, batchSize }: { tokens: number; batchSize: number },
): number => Math.floor(tokens / model.seqLen / batchSize);

export const gapAt = ({ gaps }: Evidence, tokens: number, batchSize: number): EvidenceGap | undefined =>
  gaps.find((gap) => gap.tokens === tokens && gap.batchSize === batchSize);

export const cellAt = (
  { cells }: Evidence,
  tokens: number,
  batchSize: number,
  optimizer: string,
): EvidenceCell | undefined =>
  cells.find((c) => c.tokens === tokens && c.batchSize === batchSize && c.optimizer === optimizer);

export const meanLoss = ({ losses }: EvidenceCell): number =>
  losses.reduce((a, b) => a + b, 0) / losses.length;

export const evidence = json as unknown as Evidence;

/** The length in the middle, where the steps of the walk begin: neither the shortest runs nor the longest. */
export const middleLength = ({ lengths }: Evidence): number => lengths[Math.floor((lengths.length - 1) / 2)];

/** Within a group of about as many steps none has this many times the steps of another. */
const ABOUT = 1.7;

/** Cells with about as many steps as each other, by steps; groups of one are left out. */
export function equalSteps(all: Evidence): (EvidenceGap & { steps: number })[][] {
  const groups: (EvidenceGap & { steps: number })[][] = [];
  const cells = all.gaps
    .filter(({ tokens }) => all.lengths.includes(tokens))
    .map((gap) => ({ ...gap, steps: stepsAt(all, gap) }))
    .sort((a, b) => a.steps - b.steps);
  for (const cell of cells) {
    const group = groups.at(-1);
    const isNew = group?.every(({ batchSize }) => batchSize !== cell.batchSize);
    if (group && isNew && cell.steps < ABOUT * group[0].steps) group.push(cell);
    else groups.push([cell]);
  }
  return groups
    .filter((group) => group.length > 1)
    .map((group) => group.sort((a, b) => a.batchSize - b.batchSize));
}
