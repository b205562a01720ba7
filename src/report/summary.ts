// From the rows of a study to its summary: cells, gaps, claims, effort, and the answer in words.

import { frontiersOf, isOn } from '../analysis/budgets.ts';
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { closeMargin } from '../analysis/claims/decide.ts';
import { gradeGaps } from '../analysis/claims/every-study.ts';
import { gradeClaims } from '../analysis/claims/registry.ts';
import { crossover } from '../analysis/crossover.ts';
import { effort } from '../analysis/effort.ts';
import type { Cell } from '../analysis/frontier.ts';
import { gaps } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import type { RunRow } from '../analysis/rows.ts';
import { freshSeeds } from '../analysis/seeds.ts';
import { unigramLossOf } from '../data/unigram.ts';
import { lossPer } from '../model/objectives/registry.ts';
import type { ArmConfig } from '../store/schemas.ts';
import { shortfalls } from '../study/shortfall.ts';
import { answer, question } from './answer.ts';
import { damageCaveats } from './caveats.ts';
import { cellsOf, tuningSeedsOf } from './cells.ts';
import type { Group, LoadedStudy, Summary } from './types.ts';

/** Everything that `summary.json` holds. A pure function: equal runs give equal summaries, but for times. */
export function summarizeStudy(loaded: LoadedStudy): Summary {
  const { study, rows } = loaded;
  const tuningSeed = study.seeds.tune;
  const cells = cellsOf(loaded);
  const arms = Object.keys(study.optimizers);
  const { baseline, challenger } = study;
  const per = lossPer(study.models);
  // The named challenger first; any other arm is compared with the baseline as well.
  const challengers = arms
    .filter((arm) => arm !== baseline)
    .sort((a, b) => Number(b === challenger) - Number(a === challenger));
  const allGaps =
    baseline === null ? [] : challengers.flatMap((arm) => gaps(cells, { baseline, challenger: arm }));
  const groups = frontiersOf(study).map((frontier): Group => {
    const own = allGaps.filter(isOn(frontier, study));
    const main = own.filter((gap) => gap.challenger === challenger);
    const names =
      baseline !== null && challenger !== null
        ? { baseline: displayName(baseline), challenger: displayName(challenger) }
        : null;
    return {
      ...frontier,
      gaps: own,
      claims: names ? gradeGaps(main, study.batchSizes, names) : [],
      crossover: { margin: closeMargin, ...crossover(main, closeMargin) },
    };
  });
  const graded = study.experiment ? gradeClaims(study.experiment, factsOf(loaded, cells)) : [];
  const runs = { done: 0, diverged: 0, failed: 0, missing: 0 };
  // A run that two arms come to is a row of both, and was made once.
  const once = [...new Map(rows.map((row) => [row.runId, row])).values()];
  for (const row of once) runs[row.status]++;
  const experiment = study.experiment ?? null;
  const told = { runs, baseline, challenger, cells, lossPer: per, arms, experiment };
  const said = answer(
    { ...told, graded, tuned: Object.values(study.optimizers).some(hasChoice) },
    groups,
    groups[0] ? cells.filter(isOn(groups[0], study)) : [],
  );
  return {
    schema: 1,
    study: study.name,
    title: study.title,
    description: study.description,
    wallSeconds: loaded.wallSeconds,
    tokensTrained: once.reduce((sum, row) => sum + tokensOf(row), 0),
    lossPer: per,
    startedAt: loaded.startedAt,
    finishedAt: loaded.finishedAt,
    question: question(told),
    answer: said.answer,
    caveats: [...said.caveats, ...damageCaveats(rows, cells)],
    runs,
    baseline,
    challenger,
    tuningSeed,
    cells,
    gaps: allGaps,
    experiment,
    size: study.size ?? null,
    claims: experiment ? graded : (groups[0]?.claims ?? []),
    groups,
    effort: effort(rows, { tuning: tuningSeedsOf(study) }),
    shortfalls: shortfalls(study),
    environment: loaded.environment,
  };
}

/** Whether a search can choose anything for the arm. */
const hasChoice = ({ lr, axes }: ArmConfig): boolean =>
  lr.kind === 'bracket' || lr.values.length > 1 || Object.values(axes).some((values) => values.length > 1);

/** The study as claims see it. */
export const factsOf = ({ study, rows, theory }: LoadedStudy, cells: readonly Cell[]): StudyFacts => ({
  cells,
  rows,
  arms: Object.keys(study.optimizers),
  batchSizes: study.batchSizes,
  frontiers: frontiersOf(study),
  seeds: freshSeeds(study.seeds),
  probed: Object.fromEntries((study.probes ?? []).map(({ name }) => [name, freshSeeds(study.seeds)])),
  models: study.models,
  // Only the map asks, and it takes a while.
  get unigram() {
    return study.data && unigramLossOf(study.data.fingerprint);
  },
  theory,
});

function tokensOf(row: RunRow): number {
  return row.tokensTrained ?? (row.status === 'done' || row.status === 'diverged' ? row.tokens : 0);
}
