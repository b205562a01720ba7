// What to run next: a pure function of the study and the results so far, asked again after every finished run.

import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { runId } from '../train/run-id.ts';
import { type Bracket, bracket, type PointValue } from './bracket.ts';
import { importedPlan } from './imported.ts';
import type { CellState, Judgement, Plan, RunRequest } from './plan.ts';
import { type CellKey, combinations, gridLr, type Point, runConfigFor } from './points.ts';

export type { CellState, Judgement, Plan, RunRequest };

/** Searches of one arm, one per combination of its other hyperparameters, in the state a cell leaves them. */
interface Search {
  hyper: Record<string, number>;
  runs: RunRequest[];
  closed: boolean;
  bracketed: boolean;
  reason?: string;
  best: RunRequest | null;
  /** Grid point where a neighbour's search should begin. */
  carry: number;
}

// A bracket takes 3 points when the guess is right and usually 4: only used to estimate what is still to come.
export const usualPoints = 4;

/**
 * The state of a study given results by run id. The set of runs it leads to does not depend on the order in which
 * results arrive, so one job, eight jobs, and a study killed ten times all make the same runs.
 */
export function plan(study: FrozenStudy, results: ReadonlyMap<string, Judgement>): Plan {
  if (study.imported) return importedPlan(study, study.imported, results);
  const request = (point: Point, stage: RunRequest['stage']): RunRequest => {
    const config = runConfigFor(study, point);
    return { id: runId(config), config, point, stage };
  };
  const lossOf = (run: RunRequest): PointValue => judge(results.get(run.id));
  const cells: CellState[] = [];
  const urgency = new Map<RunRequest, number>();
  for (const model of Object.keys(study.models))
    for (const budget of budgetsOf(study))
      for (const optimizer of Object.keys(study.optimizers)) {
        // Searches of the neighbouring (next smaller) batch size, by combination.
        let neighbours: (Search | undefined)[] = [];
        study.batchSizes.forEach((batchSize, b) => {
          const tokens = tokensOf(budget, batchSize, study.models[model].seqLen);
          const key: CellKey = { optimizer, batchSize, model, tokens };
          const searches = searchCell(study, key, neighbours, study.batchSizes[b - 1], request, lossOf);
          const cell = closeCell(study, key, searches, request, lossOf);
          cells.push(cell);
          // Tuning runs hold up every batch size after them, so the arm with the longest way to go comes first.
          for (const run of cell.runs)
            urgency.set(run, run.stage === 'tune' ? study.batchSizes.length - b : 0);
          neighbours = searches;
        });
      }
  const wanted = cells.flatMap((cell) => cell.runs).filter((run) => !results.has(run.id));
  // Of equally urgent runs the long ones first (small batches: many steps), so that no core is left alone at the end.
  wanted.sort((a, b) => urgency.get(b)! - urgency.get(a)! || b.config.steps - a.config.steps);
  return { wanted: unique(wanted), cells, done: cells.every((cell) => cell.state === 'done') };
}

function judge(result: Judgement | undefined): PointValue {
  if (result === undefined) return undefined;
  if (result.status === 'failed') return 'failed';
  const loss = result.status === 'done' ? result.valLoss : null;
  return typeof loss === 'number' && Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
}

/** One search per combination, as far as it can go; undefined while its starting point is not known. */
function searchCell(
  study: FrozenStudy,
  key: CellKey,
  neighbours: (Search | undefined)[],
  neighbourBatch: number | undefined,
  request: (point: Point, stage: RunRequest['stage']) => RunRequest,
  lossOf: (run: RunRequest) => PointValue,
): (Search | undefined)[] {
  const arm = study.optimizers[key.optimizer];
  const searches: (Search | undefined)[] = [];
  combinations(arm.axes).forEach((combination, c) => {
    const hyper = { ...arm.hyper, ...combination };
    const at = (lr: number) => request({ ...key, lr, hyper, seed: study.seeds.tune }, 'tune');
    if (arm.lr.kind === 'grid') {
      searches.push(gridSearch(hyper, [...arm.lr.values].sort((a, b) => a - b).map(at), lossOf));
      return;
    }
    const { guess, ratio, carry } = arm.lr;
    // From the same combination at the neighbouring batch size; at the first batch size from the combination before.
    const from = neighbourBatch === undefined ? searches[c - 1] : neighbours[c];
    const isFirst = neighbourBatch === undefined && c === 0;
    if (!isFirst && !from?.closed) {
      searches.push(undefined);
      return;
    }
    const shift =
      neighbourBatch === undefined
        ? 0
        : Math.round((carry * Math.log(key.batchSize / neighbourBatch)) / Math.log(ratio));
    const start = (from?.carry ?? 0) + shift;
    const requests = new Map<number, RunRequest>();
    const run = (k: number) => {
      if (!requests.has(k)) requests.set(k, at(gridLr(guess, ratio, k)));
      return requests.get(k)!;
    };
    const found = bracket(start, study.maxPoints, (k) => lossOf(run(k)));
    searches.push(fromBracket(hyper, found, run));
  });
  return searches;
}

function fromBracket(hyper: Record<string, number>, found: Bracket, run: (k: number) => RunRequest): Search {
  return {
    hyper,
    runs: found.tried.map(run),
    closed: found.state !== 'open',
    bracketed: found.state === 'bracketed',
    reason: found.reason,
    best: found.best === undefined ? null : run(found.best),
    carry: found.hint,
  };
}

function gridSearch(
  hyper: Record<string, number>,
  runs: RunRequest[],
  lossOf: (run: RunRequest) => PointValue,
): Search {
  const values = runs.map(lossOf);
  let best = -1;
  values.forEach((v, i) => {
    if (typeof v === 'number' && Number.isFinite(v) && (best < 0 || v < (values[best] as number))) best = i;
  });
  const closed = values.every((v) => v !== undefined);
  const bracketed =
    closed &&
    best > 0 &&
    best < runs.length - 1 &&
    values[best - 1] !== 'failed' &&
    values[best + 1] !== 'failed';
  return {
    hyper,
    runs,
    closed,
    bracketed,
    reason:
      !closed || bracketed
        ? undefined
        : best < 0
          ? 'no learning rate gave a loss'
          : 'best learning rate at the edge of the grid',
    best: best < 0 ? null : runs[best],
    carry: 0,
  };
}

/** Winner over all searches and its other seeds, once every search is closed. */
function closeCell(
  study: FrozenStudy,
  key: CellKey,
  searches: (Search | undefined)[],
  request: (point: Point, stage: RunRequest['stage']) => RunRequest,
  lossOf: (run: RunRequest) => PointValue,
): CellState {
  const known = searches.filter((s) => s !== undefined);
  const runs = known.flatMap((s) => s.runs);
  const loss = (s: Search) => lossOf(s.best!) as number;
  const winner = known
    .filter((s) => s.best !== null)
    .reduce<Search | null>((a, s) => (a === null || loss(s) < loss(a) ? s : a), null);
  const best = winner && {
    id: winner.best!.id,
    lr: winner.best!.point.lr,
    hyper: winner.hyper,
    valLoss: loss(winner),
  };
  if (known.length < searches.length || known.some((s) => !s.closed)) {
    const expected = searches.reduce(
      (n, s) => n + (s?.closed ? s.runs.length : Math.max(usualPoints, s?.runs.length ?? 0)),
      study.seeds.final - 1,
    );
    return {
      ...key,
      state: known.length === 0 ? 'waiting' : 'tuning',
      best,
      bracketed: false,
      runs,
      expected,
    };
  }
  if (winner)
    for (let s = 1; s < study.seeds.final; s++)
      runs.push(request({ ...winner.best!.point, seed: study.seeds.tune + s }, 'final'));
  const done = runs.every((run) => lossOf(run) !== undefined);
  return {
    ...key,
    state: done ? 'done' : 'seeds',
    best,
    bracketed: winner?.bracketed ?? false,
    reason: winner ? winner.reason : (known[0]?.reason ?? 'no learning rate gave a loss'),
    runs,
    expected: runs.length,
  };
}

function unique(runs: RunRequest[]): RunRequest[] {
  const seen = new Set<string>();
  return runs.filter((run) => !seen.has(run.id) && seen.add(run.id));
}
