// The tuned frontier: the best run of each optimizer at each batch size, and whether it deserves the name.
import { byName } from '../core/natural.ts';
import { chosen, type Separation, separation, spread, type Tried } from './choice.ts';
import { cellKey, groupBy, hyperKeys, inferTuningSeed, isDone, isEvaluated, type RunRow } from './rows.ts';
import { mean, sd } from './stats.ts';

/** The winning setting of a cell. Losses in nats per token. */
export interface Best {
  /** The run of that setting at the first tuning seed. */
  runId: string;
  lr: number;
  hyper: Record<string, number>;
  /** Validation loss of `runId`. It was chosen for being low, so it is a little too good. */
  valLoss: number;
  /** Losses of the setting at all tuning seeds that it was tried on, one seed or several. */
  tuning: { seed: number; valLoss: number }[];
  /**
   * Whether the losses below are those of fresh seeds, which had no part in the choice.
   * False where none has finished: it is that of the first tuning seed then.
   */
  fresh: boolean;
  /** Validation losses of the setting, one per finished seed, in the order of `seeds`. */
  valLossSeeds: number[];
  seeds: number[];
  /**
   * true: a seed is not the same draw in another cell, so that losses of two cells
   * must not be compared seed by seed.
   */
  unpaired?: true;
  valLossMean: number;
  /** Sample standard deviation over seeds; null for one seed. */
  valLossSd: number | null;
  /** exp(valLossMean): perplexity per token. */
  perplexity: number;
  /** Mean over the finished seeds; null where the tokenizer's bytes per token are unknown. */
  valBitsPerByte: number | null;
  /**
   * Fresh seeds of the setting that diverged, failed, or are planned and have not been run:
   * left out of the mean, and therefore told.
   */
  seedsDiverged: number[];
  seedsFailed: number[];
  seedsMissing: number[];
}

/** One arm at one batch size (sequences), model and token budget. */
export interface CellKey {
  /** Label of the arm. */
  optimizer: string;
  batchSize: number;
  model: string;
  tokens: number;
}

export interface Cell extends CellKey {
  /** Null when no run at the tuning seed finished: see the counts for why. */
  best: Best | null;
  /**
   * Settings (lr and hyperparameters) judged at the first tuning seed: done + diverged.
   * Failed and missing runs are of all tuning seeds.
   */
  tried: number;
  done: number;
  diverged: number;
  failed: number;
  missing: number;
  /**
   * Whether the next learning rates on both sides of the best one were judged, other hyperparameters equal.
   */
  bracketed: boolean;
  /** Side on which nothing was judged; null when bracketed or when there is no best. */
  edge: 'lower' | 'upper' | 'both' | null;
  /**
   * Learning rates that diverged although a larger one did not, other hyperparameters equal:
   * something else than the rate is at work.
   */
  erratic: number[];
  /** Standard deviation of the loss between seeds; null where no setting has two. */
  noise: number | null;
  /**
   * Settings whose losses at the tuning seeds are not above those of the best one
   * by more than the noise between seeds: any of them may be the true best. `doubt`:
   * by how many nats its loss may then be lower. Null where the noise is not known.
   */
  rivals: Separation['rivals'] | null;
  doubt: number | null;
  /** Hyperparameters with three or more judged values whose best is the least or greatest of them. */
  hyperEdges: string[];
}

/** Whether another setting may be the true best for all that the tuning seeds tell. */
export const isUnseparated = ({ best, rivals }: Cell): boolean =>
  best !== null && rivals !== null && rivals.length > 0;

/**
 * Which seeds choose, in order (default: the one with the most runs), and which
 * fresh ones every winner is to have.
 */
interface FrontierOptions {
  tuning?: readonly number[];
  fresh?: readonly number[];
  /** Cells to list even when they have no rows yet. */
  expected?: readonly CellKey[];
  /** The same seed is not the same draw in two cells. */
  unpaired?: boolean;
}

/**
 * Best setting per (optimizer, batchSize, model, tokens), chosen on the tuning seeds and measured
 * on all others. Cells come sorted by model, tokens, batch size, then in the order of optimizers.
 */
export function frontier(rows: readonly RunRow[], options: FrontierOptions = {}): Cell[] {
  const tuning = options.tuning ?? [inferTuningSeed(rows)].filter((seed) => seed !== undefined);
  const expected = options.expected ?? [];
  const places = new Map(expected.map((cell) => [cellKey(cell), { cell, rows: [] as RunRow[] }]));
  for (const row of rows) {
    const key = cellKey(row);
    const place = places.get(key);
    if (place) place.rows.push(row);
    else places.set(key, { cell: row, rows: [row] });
  }
  const cells = [...places.values()].map((place) =>
    cellOf(place.cell, place.rows, tuning, options.fresh ?? []),
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
  rows: readonly RunRow[],
  seeds: readonly number[],
  planned: readonly number[],
): Cell {
  const { optimizer, batchSize, model, tokens } = key;
  const settings = settingsOf(rows);
  const tuning = settings.flatMap((one) => one.rows).filter((row) => seeds.includes(row.seed));
  const first = settings.map((one) => ({ ...one, rows: one.rows.filter((row) => row.seed === seeds[0]) }));
  const firstRows = first.flatMap((one) => one.rows);
  const count = (of: readonly RunRow[], status: RunRow['status']) =>
    of.filter((row) => row.status === status).length;
  const tried = settings.flatMap((one) => triedOf(one, seeds));
  const winner = chosen(tried);
  const noise = spread(
    settings.toSorted(inOrder).map((one) => one.rows.filter(isDone).map((row) => row.valLoss)),
  );
  const apart = winner && noise ? separation(winner, tried, noise) : null;
  const edge = winner ? lrEdge(winner, first) : null;
  return {
    optimizer,
    batchSize,
    model,
    tokens,
    best: winner ? bestOf(winner, seeds, planned) : null,
    tried: firstRows.filter(isEvaluated).length,
    done: count(firstRows, 'done'),
    diverged: count(firstRows, 'diverged'),
    failed: count(tuning, 'failed'),
    missing: count(tuning, 'missing'),
    bracketed: winner !== undefined && edge === null,
    edge,
    erratic: erraticRates(first),
    noise: noise?.sd ?? null,
    rivals: apart?.rivals ?? null,
    doubt: apart?.doubt ?? null,
    hyperEdges: winner ? hyperEdges(winner.row, firstRows) : [],
  };
}

/**
 * The rows of one setting, at most one per seed, by seed. `text` tells its hyperparameters from
 * those of others.
 */
interface Setting {
  lr: number;
  text: string;
  rows: RunRow[];
}

function settingsOf(rows: readonly RunRow[]): Setting[] {
  const textOf = hyperKeys();
  return [...groupBy(rows, (row) => `${row.lr} ${textOf(row)}`).values()].map((same) => ({
    lr: same[0].lr,
    text: textOf(same[0]),
    rows: onePerSeed(same),
  }));
}

/** A pool may hold a failed and a finished copy of the same run. */
function onePerSeed(rows: readonly RunRow[]): RunRow[] {
  const rank = { done: 0, diverged: 1, failed: 2, missing: 3 };
  const kept = new Map<number, RunRow>();
  for (const row of rows) {
    const other = kept.get(row.seed);
    if (!other || rank[row.status] < rank[other.status]) kept.set(row.seed, row);
  }
  return [...kept.values()].sort((a, b) => a.seed - b.seed);
}

/** Sums depend on the order of what is added. */
const inOrder = (a: Setting, b: Setting): number =>
  a.lr - b.lr || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);

/** A setting as the choice sees it: `row` is its run at the first tuning seed. */
interface Candidate extends Tried {
  setting: Setting;
  row: RunRow & { valLoss: number };
  tuning: { seed: number; valLoss: number }[];
}

/** Nothing for a setting without a loss at the first tuning seed. */
function triedOf(setting: Setting, seeds: readonly number[]): Candidate[] {
  const judged = setting.rows
    .filter((row) => seeds.includes(row.seed) && isEvaluated(row))
    .sort((a, b) => seeds.indexOf(a.seed) - seeds.indexOf(b.seed));
  const [row] = judged;
  if (!row || row.seed !== seeds[0] || !isDone(row)) return [];
  const { lr, hyper } = row;
  const losses = judged.map((one) => (isDone(one) ? one.valLoss : Number.POSITIVE_INFINITY));
  const tuning = judged.filter(isDone).map(({ seed, valLoss }) => ({ seed, valLoss }));
  return [{ lr, hyper, losses, setting, row, tuning }];
}

function bestOf(
  { row, lr, hyper, setting, tuning }: Candidate,
  seeds: readonly number[],
  planned: readonly number[],
): Best {
  const same = setting.rows.filter((other) => !seeds.includes(other.seed));
  const fresh = same.filter(isDone);
  const isFresh = fresh.length > 0;
  // Several tuning seeds would make an interval of losses that were chosen.
  const finished = isFresh ? fresh : [row];
  const losses = finished.map((one) => one.valLoss);
  const bits = finished.map((one) => one.valBitsPerByte).filter((x) => x !== null);
  const seedsWith = (status: RunRow['status']) => same.filter((r) => r.status === status).map((r) => r.seed);
  return {
    runId: row.runId,
    lr,
    hyper,
    valLoss: row.valLoss,
    tuning,
    fresh: isFresh,
    valLossSeeds: losses,
    seeds: finished.map((one) => one.seed),
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

/**
 * Which side of the winner is open: its next learning rate there was never tried, failed, or is
 * still to run.
 */
function lrEdge({ setting }: Candidate, first: readonly Setting[]): Cell['edge'] {
  const line = first.filter(({ text, rows }) => text === setting.text && rows.length > 0);
  line.sort((a, b) => a.lr - b.lr);
  const at = line.findIndex(({ lr }) => lr === setting.lr);
  const isClosed = (one: Setting | undefined) => one?.rows.some(isEvaluated) === true;
  const [below, above] = [isClosed(line[at - 1]), isClosed(line[at + 1])];
  if (below && above) return null;
  return below ? 'upper' : above ? 'lower' : 'both';
}

function erraticRates(first: readonly Setting[]): number[] {
  const lines = groupBy(first, ({ text }) => text).values();
  const rates = [...lines].flatMap((line) => {
    const ran = (is: (row: RunRow) => boolean) =>
      line.filter(({ rows }) => rows.some(is)).map(({ lr }) => lr);
    const highest = Math.max(...ran(isDone));
    return ran((row) => row.status === 'diverged').filter((lr) => lr < highest);
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
