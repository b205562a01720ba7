// What a report was made from. A report that would have less, because files are not there any more,
// does not replace an earlier one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { parseJson, readIfThere, toJson } from '../files/atomic.ts';
import { readMetrics, readProbes } from '../store/lines.ts';
import { readResult, runDirOf } from '../store/runs.ts';
import { studySummary } from '../store/schemas.ts';
import { runsDirOf } from '../store/study-dir.ts';
import { hasLab } from '../store/theory.ts';

/** Beside the report, for the next one. */
export const SOURCES = '.gaplab-sources.json';

const run = z.object({
  /** The attempt that finished the run. */
  attempt: z.int().optional(),
  /** Lines that were read: of metrics.jsonl where the curve is drawn, of probes.jsonl where they are used. */
  curve: z.int().optional(),
  probes: z.int().optional(),
});
export const sourcesFile = z.object({
  schema: z.literal(1),
  /** Finished runs by id. */
  runs: z.record(z.string().regex(/^[0-9a-f]{16}$/), run),
  /** Names of labs. */
  theory: z.array(z.string()),
});

export type RunSource = z.infer<typeof run>;
export interface Sources {
  runs: Map<string, RunSource>;
  theory: string[];
}

export const sourcesText = ({ runs, theory }: Sources): string =>
  toJson({ schema: 1, runs: Object.fromEntries(runs), theory });

/** Throws UserError when the report that stands in `dir` was made from more than is there now. */
export function refuseEmptier(dir: string, now: Sources): void {
  const was = existsSync(join(dir, 'report.html')) ? earlier(dir) : undefined;
  if (!was) return;
  const runsDir = runsDirOf(dir);
  const gone = Object.entries(was.runs).flatMap(([id, before]) => {
    const what = goneOf(runDirOf(runsDir, id), before, now.runs.get(id));
    return what ? [`runs/${id}: ${what}`] : [];
  });
  gone.push(...was.theory.filter((name) => !hasLab(dir, name)).map((name) => `theory/${name}.json`));
  if (gone.length > 0)
    throw new UserError(
      `${dir}: the last report shows what cannot be read any more (${gone[0]}${gone.length > 1 ? `, and ${gone.length - 1} more` : ''}), so nothing is replaced: bring that back, or run the study again; \`gaplab report --force\` writes a report without it`,
    );
}

/** What is not there any more of what a report knew of a run. */
function goneOf(runDir: string, was: RunSource, now: RunSource | undefined): string | undefined {
  const result = readResult(runDir);
  if (result === undefined || result.status === 'failed') return 'its result.json';
  // Made again, perhaps by another version, a run may have fewer lines; the same attempt cannot.
  const isLess = (n: number, before: number) => (result.attempt === was.attempt ? n < before : n === 0);
  if (was.curve && isLess(now?.curve ?? readMetrics(runDir, result).lines.length, was.curve))
    return 'its metrics.jsonl';
  if (was.probes && isLess(now?.probes ?? readProbes(runDir, result).lines.length, was.probes))
    return 'its probes.jsonl';
  return undefined;
}

function earlier(dir: string): z.infer<typeof sourcesFile> | undefined {
  const record = sourcesFile.safeParse(parseJson(readIfThere(join(dir, SOURCES)) ?? ''));
  if (record.success) return record.data;
  // Older versions kept no record; their summary names the winners.
  const summary = studySummary.safeParse(parseJson(readIfThere(join(dir, 'summary.json')) ?? ''));
  const ids = summary.data?.cells.flatMap(({ best }) => best?.runId ?? []) ?? [];
  const runs = Object.fromEntries(ids.filter((id) => /^[0-9a-f]{16}$/.test(id)).map((id) => [id, {}]));
  return { schema: 1, runs, theory: [] };
}
