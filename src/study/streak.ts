// A script that fails wherever it is run is broken: the study ends and shows what it said,
// before it tries every setting.
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { readIfThere } from '../files/atomic.ts';
import { OUTPUT } from '../script/contract.ts';
import { attemptDir } from '../store/attempt.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import type { RunRequest } from './tuner.ts';

/** Runs that fail one after the other, in as many cells. */
const MOST = 3;
/** Lines of output that are shown. */
const SHOWN = 20;

export interface Streak {
  /**
   * Takes in a result. Throws UserError when it is the last of too many failures;
   * `warn` gets the end of the output first.
   */
  see(run: RunRequest, result: RunResult, warn: (line: string) => void): void;
}

/**
 * Of a study with so many cells. Failures of gaplab's own training are told at the end,
 * as each is about one setting.
 */
export function createStreak(study: FrozenStudy, runsDir: string, cells: number): Streak {
  let failed: { run: RunRequest; cell: string }[] = [];
  return {
    see(run, result, warn) {
      if (!study.trainer) return;
      if (result.status !== 'failed') {
        failed = [];
        return;
      }
      const { optimizer, batchSize, model, tokens } = run.point;
      failed.push({ run, cell: JSON.stringify([optimizer, batchSize, model, tokens]) });
      const inCells = new Set(failed.map(({ cell }) => cell)).size;
      if (failed.length < MOST || inCells < Math.min(MOST, cells)) return;
      const file = join(attemptDir(join(runsDir, run.id), result.attempt), OUTPUT);
      const lines = (readIfThere(file) ?? '').split(/[\r\n]+/).filter((line) => line.trim() !== '');
      for (const line of lines.slice(-SHOWN)) warn(`| ${line.slice(0, 300)}`);
      throw new UserError(
        `the last ${failed.length} runs failed, each in another setting: ${result.error} (its whole output: ${file}). Mend the script and run the same command again; finished runs are kept`,
      );
    },
  };
}
