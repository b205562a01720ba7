// Contrasts: weighted sums of tuned losses, seed by seed. A difference, a share
// of the gap and a slope are all of this kind.
import type { Cell } from '../frontier.ts';
import { missingOf } from '../missing.ts';
import { displayName } from '../names.ts';
import {
  choiceOf,
  type Interval,
  mean,
  type RateDoubt,
  seedsInterval,
  type TInterval,
  welchSum,
  withChoice,
} from '../stats.ts';

export interface CellPlace {
  arm: string;
  batchSize: number;
  model: string;
  tokens: number;
}

export interface Term extends CellPlace {
  weight: number;
}

export type Contrast =
  | {
      kind: 'known';
      effect: number;
      /**
       * Over fresh seeds that all cells have, Welch's where seeds do not pair, and with the choice
       * of learning rates; null for one seed.
       */
      ci95: Interval | null;
      choice: RateDoubt;
      /** The interval of the seeds alone. */
      ofSeeds: TInterval | null;
      seeds: number;
      /** The contrast at each of those seeds. */
      bySeed: ReadonlyMap<number, number>;
      /**
       * Cells whose best learning rate is not bracketed: their loss may be too high, by an unknown amount.
       */
      open: { name: string; weight: number }[];
      missing: string[];
    }
  /** Cells in which every run diverged: infinitely bad at every rate that was tried. */
  | { kind: 'infinite'; sign: 1 | -1; cells: string[]; missing: string[] }
  | { kind: 'unknown'; why: string };

export const cellAt = (cells: readonly Cell[], at: CellPlace): Cell | undefined =>
  cells.find(
    (cell) =>
      cell.optimizer === at.arm &&
      cell.batchSize === at.batchSize &&
      cell.model === at.model &&
      cell.tokens === at.tokens,
  );

const nameOf = ({ arm, batchSize }: CellPlace) => `${displayName(arm)} at batch size ${batchSize}`;

const isDiverged = (cell: Cell | undefined): cell is Cell =>
  cell !== undefined && !cell.best && cell.diverged > 0 && cell.failed + cell.missing === 0;

/** What was planned at these places and is not known, in words. */
export function missingAt(cells: readonly Cell[], places: readonly CellPlace[]): string[] {
  const named = places.flatMap((at) => {
    const cell = cellAt(cells, at);
    return (cell ? missingOf(cell) : ['no runs']).map((what) => `${what} (${nameOf(at)})`);
  });
  return [...new Set(named)];
}

/** Whether the terms cancel at every cell: what they add up to is then zero whatever the losses are. */
function isNothing(terms: readonly Term[]): boolean {
  const cells = Map.groupBy(terms, ({ arm, batchSize, model, tokens }) =>
    JSON.stringify([arm, batchSize, model, tokens]),
  );
  return [...cells.values()].every((own) => own.reduce((sum, { weight }) => sum + weight, 0) === 0);
}

/** The sum over the terms of weight times the loss of the cell's winner. Terms at the same cell add up. */
export function contrast(cells: readonly Cell[], terms: readonly Term[]): Contrast {
  if (isNothing(terms))
    return { kind: 'unknown', why: 'both sides are the same runs, so there is nothing to compare' };
  const found = terms.map((term) => ({ term, cell: cellAt(cells, term) }));
  const lost = found.filter(({ cell }) => isDiverged(cell));
  const without = found.filter(({ cell }) => !cell?.best && !isDiverged(cell));
  if (without.length > 0)
    return { kind: 'unknown', why: `there is no loss of ${unique(without.map(({ term }) => nameOf(term)))}` };
  const missing = missingAt(
    cells,
    found.filter(({ cell }) => cell!.best).map(({ term }) => term),
  );
  if (lost.length > 0) {
    const names = [...new Set(lost.map(({ term }) => nameOf(term)))];
    const signs = new Set(lost.map(({ term }) => Math.sign(term.weight)));
    if (signs.size > 1) return { kind: 'unknown', why: `every run diverged for ${unique(names)}` };
    return { kind: 'infinite', sign: signs.has(1) ? 1 : -1, cells: names, missing };
  }
  const known = found.map(({ term, cell }) => {
    const { seeds, valLossSeeds, valLossMean } = cell!.best!;
    return {
      term,
      cell: cell!,
      mean: valLossMean,
      bySeed: new Map(seeds.map((s, i) => [s, valLossSeeds[i]])),
    };
  });
  const isPaired = !known.some(({ cell }) => cell.best!.unpaired);
  const common = [...(known[0]?.bySeed.keys() ?? [])].filter(
    (seed) => isPaired && known.every((k) => k.bySeed.has(seed)),
  );
  const bySeed = new Map(
    common.map((seed) => [seed, known.reduce((sum, k) => sum + k.term.weight * k.bySeed.get(seed)!, 0)]),
  );
  const values = [...bySeed.values()];
  // As gaps are: pairs where there are two, else means of all seeds, else the one pair that there is
  // (gap.ts).
  const byMeans = known.reduce((sum, k) => sum + k.term.weight * k.mean, 0);
  const isRepeated = values.length >= 2;
  const ofSeeds = isRepeated ? seedsInterval(values) : welchSum(samplesOf(known));
  const effect = isRepeated ? mean(values) : ofSeeds ? byMeans : (values[0] ?? byMeans);
  const byCell = Map.groupBy(known, (k) => k.cell);
  const choice = choiceOf(
    [...byCell].map(([{ doubt }, own]) => ({
      weight: own.reduce((sum, { term }) => sum + term.weight, 0),
      doubt,
    })),
  );
  return {
    kind: 'known',
    effect,
    ci95: withChoice(ofSeeds?.ci95 ?? null, effect, choice),
    choice,
    ofSeeds,
    seeds: isRepeated ? values.length : ofSeeds ? Math.min(...known.map((k) => k.bySeed.size)) : 1,
    bySeed,
    open: known
      .filter(({ cell, term }) => !cell.bracketed && term.weight !== 0)
      .map(({ term }) => ({ name: nameOf(term), weight: term.weight })),
    missing,
  };
}

/** Each cell once, with the sum of its weights. */
const samplesOf = (known: readonly { term: Term; cell: Cell; bySeed: ReadonlyMap<number, number> }[]) =>
  [...Map.groupBy(known, ({ cell }) => cell).values()].map((own) => ({
    weight: own.reduce((sum, { term }) => sum + term.weight, 0),
    values: [...own[0].bySeed.values()],
  }));

const unique = (names: readonly string[]) => [...new Set(names)].join(', ');

/** Loss of `challenger` minus that of `baseline` at a place. */
export const gapTerms = (
  at: Omit<CellPlace, 'arm'>,
  challenger: string,
  baseline: string,
  weight = 1,
): Term[] => [
  { ...at, arm: challenger, weight },
  { ...at, arm: baseline, weight: -weight },
];
