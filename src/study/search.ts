// The searches of one cell at its tuning seed: one over learning rates for every combination of the other
// hyperparameters.

import type { CellKey } from '../analysis/frontier.ts';
import { tuningOf } from '../analysis/tuning.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { type Bracket, bracket, type PointValue, search, valleys } from './bracket.ts';
import type { RunRequest, TuningRule } from './plan.ts';
import { combinations, gridLr, type Point } from './points.ts';

/** One combination's search. */
export interface Search {
  hyper: Record<string, number>;
  runs: RunRequest[];
  /** Whether all its runs have results. */
  closed: boolean;
  /** Whether it is known where a neighbour's search should begin: halving may still go on. */
  walked: boolean;
  bracketed: boolean;
  reason?: string;
  best: RunRequest | null;
  /** Best of a minimum other than the one that `best` is in. */
  second: RunRequest | null;
  /** Grid point where a neighbour's search should begin. */
  carry: number;
}

/** Makes the run of a point, for a rule. */
export type Request = (point: Point, rule: TuningRule) => RunRequest;
export type LossOf = (run: RunRequest) => PointValue;

/** Grid points where the searches of a neighbour begin, by combination; undefined while that is not known. */
export type Starts = readonly (number | undefined)[];

export const startOf = (search: Search | undefined): number | undefined =>
  search?.walked ? search.carry : undefined;

/**
 * One search per combination, as far as it can go; undefined while its starting point is not known.
 * `starts`: from the searches at the next smaller batch size, `neighbourBatch`.
 */
export function searchCell(
  study: FrozenStudy,
  key: CellKey,
  starts: Starts,
  neighbourBatch: number | undefined,
  request: Request,
  lossOf: LossOf,
): (Search | undefined)[] {
  const arm = study.optimizers[key.optimizer];
  const searches: (Search | undefined)[] = [];
  combinations(arm.axes).forEach((combination, c) => {
    const hyper = { ...arm.hyper, ...combination };
    const at = (lr: number, rule: TuningRule) => request({ ...key, lr, hyper, seed: study.seeds.tune }, rule);
    if (arm.lr.kind === 'grid') {
      const runs = [...arm.lr.values].sort((a, b) => a - b).map((lr) => at(lr, 'grid'));
      searches.push(gridSearch(hyper, runs, lossOf));
      return;
    }
    const { guess, ratio, carry } = arm.lr;
    // From the same combination at the neighbouring batch size; at the first batch
    // size from the combination before.
    const isFirst = neighbourBatch === undefined && c === 0;
    const from = isFirst ? 0 : neighbourBatch === undefined ? startOf(searches[c - 1]) : starts[c];
    if (from === undefined) {
      searches.push(undefined);
      return;
    }
    const shift =
      neighbourBatch === undefined
        ? 0
        : Math.round((carry * Math.log(key.batchSize / neighbourBatch)) / Math.log(ratio));
    searches.push(
      rateSearch(hyper, study, from + shift, (k, rule) => at(gridLr(guess, ratio, k), rule), lossOf),
    );
  });
  return searches;
}

function rateSearch(
  hyper: Record<string, number>,
  study: FrozenStudy,
  start: number,
  runAt: (k: number, rule: TuningRule) => RunRequest,
  lossOf: LossOf,
): Search {
  const { maxPoints } = study;
  const { probe, halve } = tuningOf(study);
  // The searches ask for a point many times, and within one plan its loss stays the same.
  const points = new Map<number, { run: RunRequest; loss: PointValue }>();
  const value = (rule: TuningRule) => (k: number) => {
    let point = points.get(k);
    if (!point) {
      const run = runAt(k, rule);
      points.set(k, (point = { run, loss: lossOf(run) }));
    }
    return point.loss;
  };
  const requestAt = (k: number) => points.get(k)!.run;
  // Each rule names the runs that it asks for beyond those of the rule before.
  const plain = bracket(start, { maxPoints }, value('bracket'));
  const [probed, halfway] = [value('probe'), value('halve')];
  const finer = (k: number) => (Number.isInteger(k) ? probed(k) : halfway(k));
  const { walked, found } =
    plain.state === 'open'
      ? { walked: plain, found: plain }
      : search(start, { maxPoints, probe, halve }, finer);
  const [, second] = valleysFrom(found, finer);
  return {
    hyper,
    runs: found.tried.map(requestAt),
    closed: found.state !== 'open',
    walked: walked.state !== 'open',
    bracketed: found.state === 'bracketed',
    reason: found.reason,
    best: found.best === undefined ? null : requestAt(found.best),
    second: second === undefined ? null : requestAt(second),
    carry: walked.hint,
  };
}

/** The best point, then the other minima. */
const valleysFrom = ({ tried, best }: Bracket, value: (k: number) => PointValue): number[] =>
  best === undefined ? [] : [best, ...valleys(tried, value).filter((k) => k !== best)];

function gridSearch(hyper: Record<string, number>, runs: RunRequest[], lossOf: LossOf): Search {
  const points = runs.map((_, i) => i);
  const value = (i: number) => lossOf(runs[i]);
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
  const second = valleys(points, value).find((i) => i !== best);
  return {
    hyper,
    runs,
    closed,
    walked: closed,
    bracketed,
    reason:
      !closed || bracketed
        ? undefined
        : best < 0
          ? 'no learning rate gave a loss'
          : 'best learning rate at the edge of the grid',
    best: best < 0 ? null : runs[best],
    second: second === undefined ? null : runs[second],
    carry: 0,
  };
}
