// probes.jsonl: what probes measured while a run trained, one measurement a line.
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson, readIfThere } from '../files/atomic.ts';
import type { ProbeLine } from '../train/probes/measure.ts';
import { attemptDir, attempts } from './attempt.ts';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Fields may be added to tables, and tables to probes; none is removed. */
export const probeLine = z.looseObject({
  schema: z.literal(1),
  /** Steps taken when it was measured, and tokens trained on. */
  step: z.int().nonnegative(),
  tokens: z.number().nonnegative(),
  /** Name in the probe registry, and its options. */
  probe: z.string(),
  options: z.record(z.string(), z.number()),
  /** Rows by table: flat records. */
  tables: z.record(z.string(), z.array(z.record(z.string(), cell))),
  seconds: z.number().nonnegative(),
}) satisfies z.ZodType<ProbeLine>;

/** Lines of the newest attempt at a run, in order; those that a crash cut short are left out. */
export function readProbes(runDir: string): ProbeLine[] {
  const last = attempts(runDir).at(-1);
  if (last === undefined) return [];
  const text = readIfThere(join(attemptDir(runDir, last), 'probes.jsonl')) ?? '';
  return text.split('\n').flatMap((line) => {
    const parsed = probeLine.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}
