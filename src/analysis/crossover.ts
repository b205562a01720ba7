// The batch size up to which the challenger keeps up: where the gap leaves a margin for good.
import type { Gap } from './gap.ts';

/** `at` is interpolated on the log2 axis between the measured batch sizes `below` and `above`. */
export type Crossover =
  | { kind: 'crosses'; at: number; below: number; above: number }
  | { kind: 'always-above' | 'never-above' | 'unknown' };

/**
 * Where the gap rises above `margin` nats and stays above it up to the largest batch size measured.
 * The gaps must belong to one model and token budget. `unknown` with fewer than two batch sizes.
 */
export function crossover(gaps: readonly Gap[], margin: number): Crossover {
  const sorted = [...gaps].sort((a, b) => a.batchSize - b.batchSize);
  if (sorted.length < 2) return { kind: 'unknown' };
  const last = sorted.findLastIndex((gap) => gap.gap <= margin);
  if (last === -1) return { kind: 'always-above' };
  if (last === sorted.length - 1) return { kind: 'never-above' };
  const [a, b] = [sorted[last], sorted[last + 1]];
  const share = (margin - a.gap) / (b.gap - a.gap);
  const at = 2 ** (Math.log2(a.batchSize) + share * Math.log2(b.batchSize / a.batchSize));
  return { kind: 'crosses', at, below: a.batchSize, above: b.batchSize };
}
