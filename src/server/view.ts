// From a study as it was read to what its page shows. Pure functions: all numbers
// come from the analysis and the report.
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { figureTexts } from '../report/figure-texts.ts';
import { groupMaterials } from '../report/group-figures.ts';
import type { LoadedStudy, Summary } from '../report/types.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { isOnlyImported } from '../study/continued.ts';
import type { Progress, StudySetup, StudyView, SummaryView } from './wire.ts';

export function viewOf(
  id: string,
  { loaded, summary, progress }: { loaded: LoadedStudy; summary: Summary; progress: Progress },
): StudyView {
  return {
    id,
    setup: setupOf(loaded.study),
    progress,
    summary: summaryOf(summary),
    figures: groupMaterials(loaded, summary).map(figureTexts),
  };
}

function setupOf(study: FrozenStudy): StudySetup {
  const { name, title, description, models, data, tokens, steps, batchSizes, optimizers } = study;
  const { seeds, eval: evaluation, probes, engine, dtype, trainer } = study;
  return {
    ...{ name, title, description, models, data, tokens, steps, batchSizes, optimizers },
    ...{ seeds, eval: evaluation, probes, engine, dtype },
    command: isOnlyImported(study) ? null : (trainer?.command ?? null),
  };
}

function summaryOf(summary: Summary): SummaryView {
  const { schema: _, study: __, title: ___, description: ____, gaps: _____, claims, ...rest } = summary;
  return { ...rest, claims: summary.experiment === null ? [] : (claims as JudgedLedgerClaim[]) };
}
