// The tuned frontier: the best run of each optimizer at each batch size, and whether it deserves the name.
import { byName } from '../core/natural.ts';
import { cellKey, groupBy, hyperKey, inferTuningSeed, isDone, isEvaluated, type RunRow } from './rows.ts';
import { mean, sd } from './stats.ts';

/** The winning setting of a cell. Losses in nats per token. */
export interface Best {
  /** The run that won, at the tuning seed. */
  runId: string;
  lr: number;
  hyper: Record<string, number>;
  /** Validation loss of `runId`, i.e. at the tuning seed. */
  valLoss: number;
  /** Validation losses of the setting, one per finished seed, in the order of `seeds`. */
  valLossSeeds: number[];
  seeds: number[];
  /** true: a seed is not the same draw in another cell, so that losses of two cells must not be compared seed by seed. */
  unpaired?: true;
  valLossMean: number;
  /** Sample standard deviation over seeds; null for one seed. */
  valLossSd: number | null;
  /** exp(valLossMean): perplexity per token. */
  perplexity: number;
  /** Mean over the finished seeds; null where the tokenizer's bytes per token are unknown. */
  valBitsPerByte: number | null;
  /** Seeds of the setting that diverged, failed, or are planned and have not been run: left out of the mean, and therefore told. */
  seedsDiverged: number[];
  seedsFailed: number[];
  seedsMissing: number[];
}

/** One optimizer at one batch size (sequences), model and token budget. */
export interface CellKey {
  optimizer: string;
  batchSize: number;
  model: string;
  tokens: number;
}

export interface Cell extends CellKey {
  /** Null when no run at the tuning seed finished: see the counts for why. */
  best: Best | null;
  /** Settings (lr and hyperparameters) judged at the tuning seed: done + diverged. */
  tried: number;
  done: number;
  diverged: number;
  failed: number;
  missing: number;
  /** Whether the next learning rates on both sides of the best one were judged, other hyperparameters equal. */
  bracketed: boolean;
  /** Side on which nothing was judged; null when bracketed or when there is no best. */
  edge: 'lower' | 'upper' | 'both' | null;
  /** Learning rates that diverged although a larger one did not, other hyperparameters equal: something else than the rate is at work. */
  erratic: number[];
  /** Hyperparameters with three or more judged values whose best is the least or greatest of them. */
  hyperEdges: string[];
}

/**
 * Best setting per (optimizer, batchSize, model, tokens), chosen at the tuning seed only; other seeds of the winner
 * are reported, they never choose. Cells come sorted by model, tokens, batch size, then in the order of optimizers.
 * `tuningSeed` defaults to the seed with the most runs; `seeds` are those that every winner is to have, `expected` names cells to list
 * even when they have no rows yet.
 */
export function frontier(
  rows: readonly RunRow[],
  options: {
    tuningSeed?: number;
    seeds?: readonly number[];
    expected?: readonly CellKey[];
    unpaired?: boolean;
  } = {},
): Cell[] {
  const tuningSeed = options.tuningSeed ?? inferTuningSeed(rows);
  const expected = options.expected ?? [];
  const groups = groupBy(unique(rows), cellKey);
  const keys = groupBy<CellKey>([...expected, ...rows], cellKey);
  const cells = [...keys].map(([key, [cell]]) =>
    cellOf(cell, groups.get(key) ?? [], tuningSeed, options.seeds ?? []),
  );
  if (options.unpaired) for (const { best } of cells) if (best) best.unpaired = true;
  const order = [...new Set([...expected, ...rows].map((cell) => cell.optimizer))];
  return cells.sort(
    (a, b) =>
      byName(a.model, b.model) ||
      a.tokens - b.tokens ||
      a.batchSize - b.batchSize ||
      order.indexOf(a.optimizer) - order.indexOf(b.optimizer),
  );
}

function cellOf(
  key: CellKey,
  rows: RunRow[],
  tuningSeed: number | undefined,
  planned: readonly number[],
): Cell {
  const { optimizer, batchSize, model, tokens } = key;
  const tuning = rows.filter((row) => row.seed === tuningSeed);
  const finished = tuning.filter(isDone);
  const count = (status: RunRow['status']) => tuning.filter((row) => row.status === status).length;
  // Of equal losses the lower learning rate, then the text of the hyperparameters: never the order of the rows.
  const winner = finished.sort(
    (a, b) => a.valLoss - b.valLoss || a.lr - b.lr || compareText(hyperKey(a.hyper), hyperKey(b.hyper)),
  )[0];
  const edge = winner ? lrEdge(winner, tuning) : null;
  return {
    optimizer,
    batchSize,
    model,
    tokens,
    best: winner ? bestOf(winner, rows, planned) : null,
    tried: tuning.filter(isEvaluated).length,
    done: finished.length,
    diverged: count('diverged'),
    failed: count('failed'),
    missing: count('missing'),
    bracketed: winner !== undefined && edge === null,
    edge,
    erratic: erraticRates(tuning),
    hyperEdges: winner ? hyperEdges(winner, tuning) : [],
  };
}

function bestOf(winner: RunRow & { valLoss: number }, rows: RunRow[], planned: readonly number[]): Best {
  const key = hyperKey(winner.hyper);
  const same = rows.filter((row) => row.lr === winner.lr && hyperKey(row.hyper) === key);
  same.sort((a, b) => a.seed - b.seed);
  const finished = same.filter(isDone);
  const losses = finished.map((row) => row.valLoss);
  const bits = finished.map((row) => row.valBitsPerByte).filter((x) => x !== null);
  const seedsWith = (status: RunRow['status']) => same.filter((r) => r.status === status).map((r) => r.seed);
  return {
    runId: winner.runId,
    lr: winner.lr,
    hyper: winner.hyper,
    valLoss: winner.valLoss,
    valLossSeeds: losses,
    seeds: finished.map((row) => row.seed),
    valLossMean: mean(losses),
    valLossSd: sd(losses),
    perplexity: Math.exp(mean(losses)),
    valBitsPerByte: bits.length === finished.length ? mean(bits) : null,
    seedsDiverged: seedsWith('diverged'),
    seedsFailed: seedsWith('failed'),
    seedsMissing: [
      ...seedsWith('missing'),
      ...planned.filter((seed) => !same.some((r) => r.seed === seed)),
    ].sort((a, b) => a - b),
  };
}

/** Which side of the winner is open: its next learning rate there was never tried, failed, or is still to run. */
function lrEdge(winner: RunRow, tuning: RunRow[]): Cell['edge'] {
  const key = hyperKey(winner.hyper);
  const line = tuning.filter((row) => hyperKey(row.hyper) === key).sort((a, b) => a.lr - b.lr);
  const at = line.indexOf(winner);
  const isClosed = (row: RunRow | undefined) => row !== undefined && isEvaluated(row);
  const [below, above] = [isClosed(line[at - 1]), isClosed(line[at + 1])];
  if (below && above) return null;
  return below ? 'upper' : above ? 'lower' : 'both';
}

function erraticRates(tuning: RunRow[]): number[] {
  const lines = groupBy(tuning, (row) => hyperKey(row.hyper)).values();
  const rates = [...lines].flatMap((line) => {
    const highest = Math.max(...line.filter(isDone).map((row) => row.lr));
    return line.filter((row) => row.status === 'diverged' && row.lr < highest).map((row) => row.lr);
  });
  return [...new Set(rates)].sort((a, b) => a - b);
}

function hyperEdges(winner: RunRow, tuning: RunRow[]): string[] {
  const judged = tuning.filter(isEvaluated);
  return Object.keys(winner.hyper).filter((name) => {
    const values = [...new Set(judged.map((row) => row.hyper[name]))].filter((x) => x !== undefined);
    if (values.length < 3) return false;
    return winner.hyper[name] === Math.min(...values) || winner.hyper[name] === Math.max(...values);
  });
}

/** One row per setting and seed: a pool may hold a failed and a finished copy of the same run. */
function unique(rows: readonly RunRow[]): RunRow[] {
  const rank = { done: 0, diverged: 1, failed: 2, missing: 3 };
  const kept = new Map<string, RunRow>();
  for (const row of rows) {
    const key = `${cellKey(row)} ${row.lr} ${hyperKey(row.hyper)} ${row.seed}`;
    const other = kept.get(key);
    if (!other || rank[row.status] < rank[other.status]) kept.set(key, row);
  }
  return [...kept.values()];
}

// Not localeCompare: the order must not depend on the machine's language.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
