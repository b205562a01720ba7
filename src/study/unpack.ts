// A packed study as a directory again. What is there already stays.
import { join } from 'node:path';
import { writeAtomic } from '../files/atomic.ts';
import { takeAttempt } from '../store/attempt.ts';
import { linesDigests } from '../store/lines.ts';
import { lockStudy } from '../store/lock.ts';
import { createRunDir, publishResult, readResult, runDirOf } from '../store/runs.ts';
import { freezeStudy, openStudyDir, runsDirOf } from '../store/study-dir.ts';
import { readLab, writeLab } from '../store/theory.ts';
import { Watch } from '../store/watch.ts';
import type { Pack, PackedRun } from './pack.ts';

export interface Unpacked {
  /** Runs that were written. */
  added: number;
  /** Runs whose result was there. */
  there: number;
  /** Runs that another process is making. */
  busy: number;
}

/**
 * Writes the study into `dir`, its runs into `pool` when given. Throws UserError when the place holds
 * another study, or a process works on this one there. Killed, it goes on when called again.
 */
export async function unpack(
  { study, labs, runs }: Pack,
  dir: string,
  { pool, warn = () => {} }: { pool?: string; warn?(line: string): void } = {},
): Promise<Unpacked> {
  openStudyDir(dir, pool);
  const lock = await lockStudy(dir, { watch: new Watch(), warn });
  try {
    freezeStudy(dir, study, warn);
    for (const lab of labs) if (!readLab(dir, lab.spec)) writeLab(dir, lab);
    const counts = { added: 0, there: 0, busy: 0 };
    const runsDir = runsDirOf(dir);
    for (const run of runs()) counts[unpackRun(runDirOf(runsDir, run.run), run, warn)]++;
    return counts;
  } finally {
    lock.release('finished');
  }
}

function unpackRun(runDir: string, packed: PackedRun, warn: (line: string) => void): keyof Unpacked {
  const { run, config, result, lines } = packed;
  createRunDir(runDir, config, warn);
  if (readResult(runDir, warn)) return 'there';
  const attempt = takeAttempt(runDir, run);
  if (!attempt) return 'busy';
  for (const [name, text] of Object.entries(lines ?? {})) writeAtomic(join(attempt.dir, name), text);
  const files = linesDigests(attempt.dir);
  const isFirst = publishResult(runDir, { ...result, attempt: attempt.number, files });
  attempt.release('finished');
  return isFirst ? 'added' : 'there';
}
