// The plain rows that the figures draw, made from the analysis: the tables of a report hold exactly these.
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { hyperKey, inferTuningSeed, isDone, type RunRow } from '../analysis/rows.ts';

/** Losses in nats per token, batch sizes in sequences, in all of these. */
export interface GapRow {
  batchSize: number;
  baseline: string;
  challenger: string;
  /** Null where one of the two optimizers has no loss; `status` says why. */
  gap: number | null;
  /** 95% interval; null with one seed. */
  lo: number | null;
  hi: number | null;
  seeds: number;
  bracketed: boolean;
  /** `done`, or what became of the challenger (of the baseline, when that is what has no loss). */
  status: RunRow['status'];
}

export interface TunedLossRow {
  optimizer: string;
  batchSize: number;
  /** Mean over the seeds of the winner; null when no run of the cell finished. */
  valLoss: number | null;
  lowest: number | null;
  highest: number | null;
  seeds: number;
  bracketed: boolean;
  /** What is known: `done`, or why there is no loss. */
  status: RunRow['status'];
}

export interface LrCurveRow {
  optimizer: string;
  batchSize: number;
  lr: number;
  /** Other hyperparameters as text, e.g. `momentum=0.95`. */
  hyper: string;
  /** Null when diverged. */
  valLoss: number | null;
  status: 'done' | 'diverged';
  /** The cell's best setting. */
  best: boolean;
  /** The best setting's cell is bracketed. */
  bracketed: boolean;
}

export interface TrainingCurveRow {
  optimizer: string;
  batchSize: number;
  seed: number;
  tokens: number;
  /** Training loss, averaged over the window that ends here. */
  loss: number;
}

export interface EffortRow {
  optimizer: string;
  batchSize: number;
  status: RunRow['status'];
  runs: number;
}

/** One row per batch size and challenger, those without a gap included, sorted by batch size. */
export function gapRows(gaps: readonly Gap[], cells: readonly Cell[]): GapRow[] {
  const batchSizes = [...new Set(cells.map((cell) => cell.batchSize))].sort((a, b) => a - b);
  const pairs = new Map(gaps.map(({ baseline, challenger }) => [challenger, { baseline, challenger }]));
  return [...pairs.values()].flatMap(({ baseline, challenger }) =>
    batchSizes.map((batchSize): GapRow => {
      const found = gaps.find((gap) => gap.batchSize === batchSize && gap.challenger === challenger);
      if (found) {
        const { gap, ci95, seeds, bracketed } = found;
        const [lo, hi] = ci95 ?? [null, null];
        return { batchSize, baseline, challenger, gap, lo, hi, seeds, bracketed, status: 'done' };
      }
      const cellOf = (name: string) => cells.find((c) => c.batchSize === batchSize && c.optimizer === name);
      const own = cellOf(challenger);
      const status = cellStatus(own && !own.best ? own : cellOf(baseline));
      return {
        batchSize,
        baseline,
        challenger,
        gap: null,
        lo: null,
        hi: null,
        seeds: 0,
        bracketed: false,
        status,
      };
    }),
  );
}

/**
 * What a cell has come to. Of one without a loss: all diverged is knowledge, anything else may still change.
 */
export function cellStatus(cell: Cell | undefined): RunRow['status'] {
  if (cell?.best) return 'done';
  if (!cell || cell.missing > 0) return 'missing';
  return cell.failed > 0 ? 'failed' : cell.diverged > 0 ? 'diverged' : 'missing';
}

/** A status as readers say it. */
export const statusText = (status: RunRow['status']): string =>
  status === 'missing' ? 'not run yet' : status;

export function tunedLossRows(cells: readonly Cell[]): TunedLossRow[] {
  return cells.map((cell) => {
    const { optimizer, batchSize, best, bracketed } = cell;
    const losses = best?.valLossSeeds;
    return {
      optimizer,
      batchSize,
      valLoss: best?.valLossMean ?? null,
      lowest: losses ? Math.min(...losses) : null,
      highest: losses ? Math.max(...losses) : null,
      seeds: losses?.length ?? 0,
      bracketed,
      status: cellStatus(cell),
    };
  });
}

/** Every setting judged at the tuning seed. */
export function lrCurveRows(
  rows: readonly RunRow[],
  cells: readonly Cell[],
  tuningSeed = inferTuningSeed(rows),
): LrCurveRow[] {
  const result: LrCurveRow[] = [];
  for (const cell of cells) {
    const own = rows.filter((row) => row.seed === tuningSeed && sameCell(row, cell));
    own.sort((a, b) => compare(hyperKey(a.hyper), hyperKey(b.hyper)) || a.lr - b.lr);
    for (const row of own) {
      const isBest = cell.best?.runId === row.runId;
      const part = {
        optimizer: row.optimizer,
        batchSize: row.batchSize,
        lr: row.lr,
        hyper: hyperKey(row.hyper),
      };
      const marks = { best: isBest, bracketed: cell.bracketed };
      if (isDone(row)) result.push({ ...part, valLoss: row.valLoss, status: 'done', ...marks });
      else if (row.status === 'diverged')
        result.push({ ...part, valLoss: null, status: 'diverged', ...marks });
    }
  }
  return result;
}

/**
 * Training curves of the winners at the tuning seed, in at most `points` windows of equal numbers of tokens.
 */
export function trainingCurveRows(
  rows: readonly RunRow[],
  cells: readonly Cell[],
  points = 60,
): TrainingCurveRow[] {
  const result: TrainingCurveRow[] = [];
  for (const cell of cells) {
    const row = rows.find((r) => r.runId === cell.best?.runId && sameCell(r, cell));
    if (!row?.lossCurve?.length) continue;
    const { optimizer, batchSize, seed, lossCurve } = row;
    const window = lossCurve[lossCurve.length - 1].tokens / points;
    let [sum, count, end] = [0, 0, window];
    lossCurve.forEach(({ tokens, loss }, i) => {
      sum += loss;
      count++;
      if (tokens < end && i < lossCurve.length - 1) return;
      result.push({ optimizer, batchSize, seed, tokens, loss: sum / count });
      [sum, count] = [0, 0];
      while (end <= tokens) end += window;
    });
  }
  return result;
}

/** Runs by outcome, all seeds. */
export function effortRows(rows: readonly RunRow[]): EffortRow[] {
  const counts = new Map<string, EffortRow>();
  for (const { optimizer, batchSize, status } of rows) {
    const key = JSON.stringify([optimizer, batchSize, status]);
    const entry = counts.get(key) ?? { optimizer, batchSize, status, runs: 0 };
    entry.runs++;
    counts.set(key, entry);
  }
  return [...counts.values()].sort((a, b) => a.batchSize - b.batchSize);
}

function sameCell(row: RunRow, cell: Cell): boolean {
  return (
    row.optimizer === cell.optimizer &&
    row.batchSize === cell.batchSize &&
    row.model === cell.model &&
    row.tokens === cell.tokens
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
