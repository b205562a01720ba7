// Where in a study a claim looks: its smallest and largest batch size, its first budget.
import { type Budget, tokensOf } from '../budgets.ts';
import { hyperKey, isDone, type RunRow, stepsOf } from '../rows.ts';
import { mean } from '../stats.ts';
import type { StudyFacts } from './claim.ts';
import { type CellPlace, cellAt } from './contrast.ts';

type Spot = Omit<CellPlace, 'arm'>;

/** The place of a batch size on a frontier of the study; by default the first. */
export function spot(study: StudyFacts, batchSize: number, frontier = study.frontiers[0]): Spot {
  const { model } = frontier;
  return { model, batchSize, tokens: tokensOf(frontier, batchSize, study.models[model].seqLen) };
}

export const smallest = (study: StudyFacts): number => study.batchSizes[0];
export const largest = (study: StudyFacts): number => study.batchSizes[study.batchSizes.length - 1];

/** The first frontier with a budget of the kind, if the study has one. */
export const frontierIn = (study: StudyFacts, kind: keyof Budget) =>
  study.frontiers.find((frontier) => frontier[kind] !== null);

/** The arms that are there, of those named. */
export const present = (study: StudyFacts, names: readonly string[]): string[] =>
  names.filter((name) => study.arms.includes(name));

/**
 * Optimizer steps that the runs at a place took; arms may differ where batches grow, hence a mean.
 * NaN where nothing is finished.
 */
export function stepsAt({ rows, models }: StudyFacts, at: Spot): number {
  const here = rows.filter(
    (row) =>
      isDone(row) && row.model === at.model && row.batchSize === at.batchSize && row.tokens === at.tokens,
  );
  return mean(here.map((row) => stepsOf(row, models[row.model].seqLen)));
}

/** The finished runs of a cell's winner, one per seed that counts. */
export function winnersAt(study: StudyFacts, at: CellPlace): RunRow[] {
  const best = cellAt(study.cells, at)?.best;
  if (!best) return [];
  const hyper = hyperKey(best.hyper);
  return study.rows.filter(
    (row) =>
      isDone(row) &&
      row.optimizer === at.arm &&
      row.batchSize === at.batchSize &&
      row.model === at.model &&
      row.tokens === at.tokens &&
      row.lr === best.lr &&
      best.seeds.includes(row.seed) &&
      hyperKey(row.hyper) === hyper,
  );
}
