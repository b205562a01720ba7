// What to run next: a pure function of the study and the results so far, asked again
// after every finished run.

import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { chosen, type Tried } from '../analysis/choice.ts';
import type { CellKey } from '../analysis/frontier.ts';
import { freshSeeds, tuningSeeds } from '../analysis/seeds.ts';
import { tuningOf } from '../analysis/tuning.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { PointValue } from './bracket.ts';
import { contest } from './contest.ts';
import { anchored, importedAt, importedRunsOf } from './continued.ts';
import { importedPlan } from './imported.ts';
import type { CellState, Plan, Results, RunRequest, TunerResult, TuningRule } from './plan.ts';
import { type Planned, remembered } from './remembered.ts';
import { configured } from './requests.ts';
import { type LossOf, type Request, type Search, type Starts, searchCell, startOf } from './search.ts';

export type { CellState, Plan, RunRequest, TunerResult };

type Rules = Pick<FrozenStudy, 'tuner' | 'maxPoints'>;

/**
 * Runs that a search usually takes: a bracket 3 where the guess is right and usually 4,
 * and both sides of it and of its best point. Only used to estimate what is still to come.
 */
export function usualPoints(study: Rules): number {
  const { probe, halve } = tuningOf(study);
  return Math.min(4, study.maxPoints) + 2 * probe + 2 * halve;
}

/** The same for the contest: the best candidates in all further tuning seeds. */
function usualContest(study: Rules): number {
  const { candidates, seeds } = tuningOf(study);
  return candidates * (seeds - 1);
}

/**
 * The state of a study given results by run id. The set of runs it leads to does not depend on the order
 * in which results arrive, so one job, eight jobs, and a study killed ten times all make the same runs.
 */
export function plan(study: FrozenStudy, results: Results): Plan {
  if (study.imported && !study.imported.trainer) return importedPlan(study, study.imported, results);
  const goesOn = study.imported !== undefined;
  const request: Request = (point, rule) => {
    const own = { ...configured(study, point), point };
    const known = goesOn ? (importedAt(study, point, results) ?? own) : own;
    return { ...known, stage: rule === 'fresh' ? 'final' : 'tune', rule };
  };
  const lossOf = (run: RunRequest): PointValue => judge(results.get(run.id));
  const cells: CellState[] = [];
  const urgency = new Map<RunRequest, number>();
  for (const model of Object.keys(study.models))
    for (const budget of budgetsOf(study))
      for (const optimizer of Object.keys(study.optimizers)) {
        // From the neighbouring (next smaller) batch size.
        let from: Starts = [];
        study.batchSizes.forEach((batchSize, b) => {
          const tokens = tokensOf(budget, batchSize, study.models[model].seqLen);
          const key: CellKey = { optimizer, batchSize, model, tokens };
          const { cell, starts } = goesOn
            ? continuedCell(study, key, from, study.batchSizes[b - 1], request, results)
            : remembered(study, cells.length, from, lossOf, (loss) => {
                const searches = searchCell(study, key, from, study.batchSizes[b - 1], request, loss);
                return {
                  cell: closeCell(study, key, searches, request, loss),
                  starts: searches.map(startOf),
                };
              });
          cells.push(cell);
          // Tuning runs hold up every batch size after them, so the arm with the longest
          // way to go comes first.
          for (const run of cell.state === 'done' ? [] : cell.runs)
            if (!results.has(run.id))
              urgency.set(run, chained.has(run.rule) ? study.batchSizes.length - b : 0);
          from = starts;
        });
      }
  const wanted = [...urgency.keys()];
  // Of equally urgent runs the long ones first (small batches: many steps), so that no core
  // is left alone at the end.
  wanted.sort((a, b) => urgency.get(b)! - urgency.get(a)! || b.config.steps - a.config.steps);
  return { wanted: unique(wanted), cells, done: cells.every((cell) => cell.state === 'done') };
}

/** A cell of which runs were imported: the search begins at the best of them. */
function continuedCell(
  study: FrozenStudy,
  key: CellKey,
  from: Starts,
  neighbour: number | undefined,
  request: Request,
  results: Results,
): Planned {
  const loss: LossOf = (run) => judge(results.get(run.id));
  const grid = anchored(study, key, results);
  const isAnchored = grid !== study;
  const searches = isAnchored
    ? searchCell(grid, key, [], undefined, request, loss)
    : searchCell(study, key, from, neighbour, request, loss);
  const cell = closeCell(study, key, searches, request, loss);
  const there = new Set(cell.runs.map(({ id }) => id));
  const others = importedRunsOf(study, key, results)
    .filter(({ id }) => !there.has(id))
    .map(
      (run): RunRequest =>
        run.point.seed === study.seeds.tune
          ? { ...run, stage: 'tune', rule: 'grid' }
          : { ...run, stage: 'final', rule: 'fresh' },
    );
  const { lr } = study.optimizers[key.optimizer];
  // Where the next batch size begins is told on the grid of the study file.
  const onGrid = (search: Search | undefined) =>
    search?.walked && search.best && lr.kind === 'bracket'
      ? Math.round(Math.log(search.best.point.lr / lr.guess) / Math.log(lr.ratio))
      : startOf(search);
  return {
    cell: { ...cell, runs: [...cell.runs, ...others], expected: cell.expected + others.length },
    starts: isAnchored ? searches.map(onGrid) : searches.map(startOf),
  };
}

/** Rules on whose runs the start of the next batch size waits. */
const chained: ReadonlySet<TuningRule> = new Set(['grid', 'bracket', 'probe']);

function judge(result: TunerResult | undefined): PointValue {
  if (result === undefined) return undefined;
  if (result.status === 'failed') return 'failed';
  const loss = result.status === 'done' ? result.valLoss : null;
  return typeof loss === 'number' && Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
}

/** The contest of the last candidates once every search is closed, then the winner's fresh seeds. */
function closeCell(
  study: FrozenStudy,
  key: CellKey,
  searches: (Search | undefined)[],
  request: Request,
  lossOf: LossOf,
): CellState {
  const known = searches.filter((s) => s !== undefined);
  const runs = known.flatMap((s) => s.runs);
  const isSearching = known.length < searches.length || known.some((s) => !s.closed);
  const tuning = tuningOf(study);
  const seeds = tuningSeeds(study.seeds, tuning.seeds);
  const candidates = isSearching ? [] : candidatesOf(known, tuning.candidates, lossOf);
  const again = (run: RunRequest, seed: number) => request({ ...run.point, seed: seeds[seed] }, 'contest');
  const value = (candidate: number, seed: number) =>
    lossOf(seed === 0 ? candidates[candidate] : again(candidates[candidate], seed));
  const { asked, closed } = contest(candidates.length, seeds.length, value);
  runs.push(...asked.map(({ candidate, seed }) => again(candidates[candidate], seed)));

  const best = bestOf(runs, study.seeds.tune, lossOf);
  const search = known.find((s) => s.runs.some(({ id }) => id === best?.id));
  const at = best && {
    id: best.id,
    lr: best.point.lr,
    hyper: best.point.hyper,
    valLoss: lossOf(best) as number,
  };
  if (isSearching || !closed) {
    const expected = searches.reduce(
      (n, s) => n + (s?.closed ? s.runs.length : Math.max(usualPoints(study), s?.runs.length ?? 0)),
      study.seeds.fresh + (isSearching ? usualContest(study) : asked.length),
    );
    return {
      ...key,
      state: known.length === 0 ? 'waiting' : 'tuning',
      best: at,
      bracketed: false,
      runs,
      expected,
    };
  }
  if (best) for (const seed of freshSeeds(study.seeds)) runs.push(request({ ...best.point, seed }, 'fresh'));
  const done = runs.every((run) => lossOf(run) !== undefined);
  return {
    ...key,
    state: done ? 'done' : 'seeds',
    best: at,
    ...(search && best
      ? bracketAround(search, best, lossOf)
      : { bracketed: false, reason: known[0]?.reason ?? 'no learning rate gave a loss' }),
    runs,
    expected: runs.length,
  };
}

/** That of the search, unless further tuning seeds chose a rate at its end. */
function bracketAround(
  { runs, bracketed, reason }: Search,
  best: RunRequest,
  lossOf: LossOf,
): Pick<CellState, 'bracketed' | 'reason'> {
  const at = runs.findIndex(({ id }) => id === best.id);
  const isJudged = (run: RunRequest | undefined) => run !== undefined && typeof lossOf(run) === 'number';
  if (!bracketed || (isJudged(runs[at - 1]) && isJudged(runs[at + 1]))) return { bracketed, reason };
  return {
    bracketed: false,
    reason: 'further tuning seeds chose a learning rate at the edge of what was tried',
  };
}

/**
 * The `count` settings with the least losses at the tuning seed, and the best of a minimum
 * that none of them is.
 */
function candidatesOf(searches: readonly Search[], count: number, lossOf: LossOf): RunRequest[] {
  const ranked = searches
    .flatMap((s) => s.runs)
    .filter((run) => Number.isFinite(lossOf(run)))
    .sort((a, b) => (lossOf(a) as number) - (lossOf(b) as number) || a.point.lr - b.point.lr);
  const others = searches.flatMap((s) => [s.best, s.second]).filter((run) => run !== null);
  const elsewhere = ranked.find((run, i) => i >= count && others.includes(run));
  return [...ranked.slice(0, count), ...(elsewhere ? [elsewhere] : [])];
}

/** The run at the first tuning seed of the setting that all tuning seeds choose. */
function bestOf(runs: readonly RunRequest[], tune: number, lossOf: LossOf): RunRequest | null {
  // Hyperparameters of an arm are always in the same order.
  const settings = Map.groupBy(runs, ({ point }) => `${point.lr} ${Object.values(point.hyper)}`);
  const tried = [...settings.values()].map((same): Tried & { first: RunRequest } => {
    const first = same.find(({ point }) => point.seed === tune)!;
    const losses = same.map(lossOf).filter((loss) => typeof loss === 'number');
    return { first, lr: first.point.lr, hyper: first.point.hyper, losses };
  });
  return chosen(tried)?.first ?? null;
}

function unique(runs: RunRequest[]): RunRequest[] {
  const seen = new Set<string>();
  return runs.filter((run) => !seen.has(run.id) && seen.add(run.id));
}
