// metrics.jsonl and probes.jsonl: what a run measured while it trained, one JSON object a line.

import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { codeOf } from '../files/errors.ts';
import { openPlain, refuseLinkedFolders } from '../files/plain.ts';
import { sha256 } from '../files/sha256.ts';
import type { MetricsLine } from '../train/metrics.ts';
import type { ProbeLine } from '../train/probes/measure.ts';
import { attemptDir, attempts, LINES } from './attempt.ts';
import type { RunResult } from './schemas.ts';

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

const metricsLine = z.looseObject({ step: z.number() });

/** What stands in a file of lines. */
export interface Lines<Line> {
  lines: Line[];
  /** What is wrong with the file, for people; the lines that can be read may then be wrong, too. */
  damage?: string;
}

/** Of the attempt whose result it is; while there is none, of the newest. */
type LinesOf = Pick<RunResult, 'attempt' | 'files'> | undefined;

export function readMetrics(runDir: string, source: LinesOf): Lines<MetricsLine> {
  return read(
    runDir,
    source,
    'metrics.jsonl',
    (value) => metricsLine.safeParse(value).success,
  ) as Lines<MetricsLine>;
}

export function readProbes(runDir: string, source: LinesOf): Lines<ProbeLine> {
  return read(
    runDir,
    source,
    'probes.jsonl',
    (value) => probeLine.safeParse(value).success,
  ) as Lines<ProbeLine>;
}

function read(
  runDir: string,
  source: LinesOf,
  name: string,
  isLine: (value: unknown) => boolean,
): Lines<unknown> {
  const attempt = source?.attempt ?? attempts(runDir).at(-1);
  if (attempt === undefined) return { lines: [] };
  refuseLinkedFolders(runDir, `attempt-${attempt}/`);
  const text = readIfThere(join(attemptDir(runDir, attempt), name)) ?? '';
  const parts = text.split('\n');
  const values = parts.map((line) => (line === '' ? undefined : parseJson(line)));
  const lines = values.filter(isLine);
  const digest = source?.files?.[name];
  if (digest !== undefined)
    return digest === sha256(text) ? { lines } : { lines, damage: `${name} was changed after the run` };
  // The last line may have been cut short by a crash, or be written right now.
  const broken = parts.slice(0, -1).findIndex((line, i) => line !== '' && !isLine(values[i]));
  return broken < 0 ? { lines } : { lines, damage: `line ${broken + 1} of ${name} cannot be read` };
}

/** What a reader needs to look at once: more than the longest line. */
const TAIL = 64 * 1024;

/** Numbers of a line; those that it does not have are missing. */
export type LastMetrics = Pick<MetricsLine, 'step'> &
  Partial<Pick<MetricsLine, 'tokens' | 'loss' | 'seconds'>>;

/**
 * The last whole line of metrics of the newest attempt. What is no finite number in it is left out:
 * a file may be anybody's.
 */
export function lastMetrics(runDir: string): LastMetrics | undefined {
  const attempt = attempts(runDir).at(-1);
  if (attempt === undefined) return undefined;
  try {
    const fd = openPlain(join(attemptDir(runDir, attempt), 'metrics.jsonl'));
    try {
      const from = Math.max(0, fstatSync(fd).size - TAIL);
      const bytes = Buffer.alloc(TAIL);
      const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, TAIL, from));
      // What stands after the last line break may be in the middle of being written.
      const line = text.split('\n').at(-2);
      const parsed = metricsLine.safeParse(line && parseJson(line));
      if (!parsed.success) return undefined;
      const { step, ...others } = parsed.data;
      const finite = (name: 'tokens' | 'loss' | 'seconds') =>
        Number.isFinite(others[name]) ? { [name]: others[name] } : {};
      return { step, ...finite('tokens'), ...finite('loss'), ...finite('seconds') };
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // not yet
  }
}

/**
 * Checksums of an attempt's files of lines, by name, once nothing more is added to them.
 * They are on the disk by then.
 */
export function linesDigests(dir: string): Record<string, string> {
  const digests: Record<string, string> = {};
  for (const name of LINES) {
    try {
      const fd = openSync(join(dir, name), 'r+');
      try {
        fsyncSync(fd);
        digests[name] = sha256(readFileSync(fd));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return digests;
}
