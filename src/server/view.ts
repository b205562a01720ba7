// From a study as it was read to what its page shows. Pure functions: all numbers
// come from the analysis and the report.

import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { cellKey } from '../analysis/rows.ts';
import { figureTexts } from '../report/figure-texts.ts';
import { groupMaterials } from '../report/group-figures.ts';
import type { LoadedStudy, Summary } from '../report/types.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { StudyState } from '../study/state.ts';
import type { CellTuning, Progress, StudySetup, StudySummary, StudyView } from './wire.ts';

export function viewOf(
  id: string,
  {
    loaded,
    summary,
    state,
    progress,
  }: { loaded: LoadedStudy; summary: Summary; state: StudyState; progress: Progress },
): StudyView {
  const { study, theory } = loaded;
  const done = new Set(theory.map(({ spec }) => spec.name));
  return {
    id,
    setup: setupOf(study),
    progress,
    summary: summaryOf(summary),
    figures: groupMaterials(loaded, summary).map(figureTexts),
    tuning: tuningOf(summary, state),
    theory: (study.theory ?? []).map(({ lab, name }) => ({ lab, name, done: done.has(name) })),
  };
}

function setupOf(study: FrozenStudy): StudySetup {
  const { name, title, description, models, data, tokens, steps, batchSizes, optimizers } = study;
  const { seeds, eval: evaluation, probes, engine, dtype, trainer, imported } = study;
  return {
    ...{ name, title, description, models, data, tokens, steps, batchSizes, optimizers },
    ...{ seeds, eval: evaluation, probes, engine, dtype },
    command: trainer?.command ?? null,
    imported: imported
      ? {
          source: imported.source,
          kind: imported.kind,
          runs: imported.runs.length,
          left: imported.left.length,
        }
      : null,
  };
}

function summaryOf(summary: Summary): StudySummary {
  const { schema: _, study: __, title: ___, description: ____, gaps: _____, claims, ...rest } = summary;
  return { ...rest, claims: summary.experiment === null ? [] : (claims as JudgedLedgerClaim[]) };
}

function tuningOf({ cells }: Summary, { plan }: StudyState): CellTuning[] {
  const planned = new Map(plan.cells.map((cell) => [cellKey(cell), cell]));
  return cells.flatMap((cell) => {
    const found = planned.get(cellKey(cell));
    if (!found) return [];
    const { optimizer, batchSize, model, tokens, state, expected, runs, reason = null } = found;
    return [{ optimizer, batchSize, model, tokens, state, expected, reached: runs.length, reason }];
  });
}
