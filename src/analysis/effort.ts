// What the tuning cost, per optimizer: the effort behind a comparison is part of its claim.
import { cellKey, groupBy, hyperKey, inferTuningSeed, isEvaluated, type RunRow } from './rows.ts';

/** Counts of runs, and what they used. Tokens are tokens trained on, seconds are training time. */
export interface Effort {
  optimizer: string;
  /** Runs that are part of the study, whatever became of them: done + diverged + failed + missing. */
  runs: number;
  done: number;
  diverged: number;
  failed: number;
  missing: number;
  /**
   * Settings (batch size, lr, hyperparameters) judged at the first tuning seed,
   * and how many per cell at most.
   */
  settings: number;
  settingsPerCell: { min: number; max: number };
  /** Runs of the last candidates at further tuning seeds. */
  contestRuns: number;
  /** Runs of fresh seeds, made to measure rather than to choose. */
  seedRuns: number;
  tokens: number;
  seconds: number;
  /** Range of the learning rates judged; null when there is none. */
  lrRange: [lo: number, hi: number] | null;
  /** Values judged of every hyperparameter that was varied. */
  varied: Record<string, number[]>;
}

/**
 * One entry per optimizer, in the rows' order. `tuning`: the tuning seeds, by default
 * the seed with the most runs.
 */
export function effort(rows: readonly RunRow[], options: { tuning?: readonly number[] } = {}): Effort[] {
  const [tuningSeed, ...further] = options.tuning ?? [inferTuningSeed(rows)];
  return [...groupBy(rows, (row) => row.optimizer)].map(([optimizer, own]) => {
    const count = (status: RunRow['status']) => own.filter((row) => row.status === status).length;
    const judged = own.filter(isEvaluated);
    const tuning = judged.filter((row) => row.seed === tuningSeed);
    const again = judged.filter((row) => further.includes(row.seed));
    const perCell = [...groupBy(own, cellKey).values()].map((cell) => {
      const at = cell.filter((row) => isEvaluated(row) && row.seed === tuningSeed);
      return new Set(at.map((row) => `${row.lr} ${hyperKey(row.hyper)}`)).size;
    });
    const lrs = tuning.map((row) => row.lr);
    return {
      optimizer,
      runs: own.length,
      done: count('done'),
      diverged: count('diverged'),
      failed: count('failed'),
      missing: count('missing'),
      settings: perCell.reduce((a, b) => a + b, 0),
      settingsPerCell: { min: Math.min(...perCell), max: Math.max(...perCell) },
      contestRuns: again.length,
      seedRuns: judged.length - tuning.length - again.length,
      tokens: judged.reduce((sum, row) => sum + (row.tokensTrained ?? row.tokens), 0),
      seconds: own.reduce((sum, row) => sum + row.seconds, 0),
      lrRange: lrs.length ? [Math.min(...lrs), Math.max(...lrs)] : null,
      varied: variedHyper(tuning),
    };
  });
}

/** The hyperparameters that take more than one value in the rows, with those values in order. */
function variedHyper(rows: readonly RunRow[]): Record<string, number[]> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.hyper)))].sort();
  const varied: Record<string, number[]> = {};
  for (const name of names) {
    const values = [...new Set(rows.map((row) => row.hyper[name]))].filter((x) => x !== undefined);
    if (values.length > 1) varied[name] = values.sort((a, b) => a - b);
  }
  return varied;
}
