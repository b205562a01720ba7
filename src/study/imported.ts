// The plan of a study of imported runs: its cells are what the runs make them, and no run is wanted.
import { frontier } from '../analysis/frontier.ts';
import { cellKey, type RunRow } from '../analysis/rows.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { runId } from '../train/run-id.ts';
import type { Plan, Results, RunRequest, TunerResult } from './plan.ts';
import { type Point, runConfigFor } from './points.ts';

export function importedPlan(
  study: FrozenStudy,
  { runs }: NonNullable<FrozenStudy['imported']>,
  results: Results,
): Plan {
  const requests = runs.map(({ name: _, where: __, ...point }): RunRequest => {
    const config = runConfigFor(study, point);
    const isTuned = point.seed === study.seeds.tune;
    return {
      ...{ id: runId(config), config, point },
      ...(isTuned ? { stage: 'tune', rule: 'grid' } : { stage: 'final', rule: 'fresh' }),
    };
  });
  const cells = frontier(
    requests.map(({ id, point }) => rowOf(id, point, results.get(id))),
    { tuning: [study.seeds.tune] },
  );
  const byCell = Map.groupBy(requests, ({ point }) => cellKey(point));
  return {
    wanted: requests.filter(({ id }) => !results.has(id)),
    cells: cells.map((cell) => {
      const own = byCell.get(cellKey(cell))!;
      const { optimizer, batchSize, model, tokens, best, bracketed } = cell;
      return {
        ...{ optimizer, batchSize, model, tokens, bracketed },
        state: 'done',
        best: best && { id: best.runId, lr: best.lr, hyper: best.hyper, valLoss: best.valLoss },
        ...(bracketed
          ? {}
          : { reason: best ? 'no rate beyond the best one was imported' : 'no run has a loss' }),
        runs: own,
        expected: own.length,
      };
    }),
    done: requests.every(({ id }) => results.has(id)),
  };
}

function rowOf(id: string, point: Point, result: TunerResult | undefined): RunRow {
  const loss = result?.status === 'done' && typeof result.valLoss === 'number' ? result.valLoss : null;
  return {
    runId: id,
    ...point,
    status: result?.status ?? 'missing',
    valLoss: loss,
    ...{ valBitsPerByte: null, trainLoss: null, seconds: 0, tokensPerSecond: 0 },
  };
}
