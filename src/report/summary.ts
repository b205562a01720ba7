// From the rows of a study to its summary: cells, gaps, claims, effort, and the answer in words.
import { closeMargin, judgeClaims } from '../analysis/claims.ts';
import { crossover } from '../analysis/crossover.ts';
import { effort } from '../analysis/effort.ts';
import { frontier } from '../analysis/frontier.ts';
import { gaps } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import { groupBy, type RunRow } from '../analysis/rows.ts';
import { answer } from './answer.ts';
import type { Group, LoadedStudy, Summary } from './types.ts';

/** Everything that `summary.json` holds. A pure function: equal runs give equal summaries, but for times. */
export function summarizeStudy(loaded: LoadedStudy): Summary {
  const { study, rows, expected } = loaded;
  const tuningSeed = study.seeds.tune;
  const cells = frontier(rows, { tuningSeed, expected });
  const arms = Object.keys(study.optimizers);
  const { baseline, challenger } = study;
  // The named challenger first; any other arm is compared with the baseline as well.
  const challengers = arms
    .filter((arm) => arm !== baseline)
    .sort((a, b) => Number(b === challenger) - Number(a === challenger));
  const allGaps =
    baseline === null
      ? []
      : challengers.flatMap((arm) => gaps(cells, { baseline, challenger: arm, tuningSeed }));
  const groups = [...groupBy(cells, (cell) => JSON.stringify([cell.model, cell.tokens])).values()].map(
    ([{ model, tokens }]): Group => {
      const own = allGaps.filter((gap) => gap.model === model && gap.tokens === tokens);
      const main = own.filter((gap) => gap.challenger === challenger);
      const names =
        baseline !== null && challenger !== null
          ? { baseline: displayName(baseline), challenger: displayName(challenger) }
          : null;
      return {
        model,
        tokens,
        gaps: own,
        claims: names ? judgeClaims(main, study.batchSizes, names) : [],
        crossover: { margin: closeMargin, ...crossover(main, closeMargin) },
      };
    },
  );
  const runs = { done: 0, diverged: 0, failed: 0, missing: 0 };
  for (const row of rows) runs[row.status]++;
  return {
    schema: 1,
    study: study.name,
    title: study.title,
    description: study.description,
    wallSeconds: loaded.wallSeconds,
    tokensTrained: rows.reduce((sum, row) => sum + tokensOf(row), 0),
    startedAt: loaded.startedAt,
    finishedAt: loaded.finishedAt,
    ...answer({ runs, baseline, challenger, cells }, groups[0]),
    runs,
    baseline,
    challenger,
    tuningSeed,
    cells,
    gaps: allGaps,
    claims: groups[0]?.claims ?? [],
    groups,
    effort: effort(rows, { tuningSeed }),
    environment: loaded.environment,
  };
}

function tokensOf(row: RunRow): number {
  return row.tokensTrained ?? (row.status === 'done' || row.status === 'diverged' ? row.tokens : 0);
}
