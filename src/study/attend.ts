// A worker of its own: `gaplab worker`. It finds a study in a directory, does what every worker does there,
// and owns nothing else.
import { resolve } from 'node:path';
import { InterruptedError, UserError } from '../core/errors.ts';
import { openData } from '../data/index.ts';
import { isPlaceError, placeError } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { lockStudy } from '../store/lock.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { readStudy, runsDirOf, tryWriting } from '../store/study-dir.ts';
import { Watch } from '../store/watch.ts';
import { type LabOptions, makeLabs } from './labs.ts';
import { type Made, makeRuns, type WorkOptions } from './make-runs.ts';
import { checkScript } from './resolve-script.ts';
import { createSeats } from './seats.ts';

export interface WorkerOptions extends WorkOptions, Pick<LabOptions, 'onLab'> {
  /** Directory of the study, as `gaplab study` has made it. */
  dir: string;
  /** Seconds without a run to train after which the worker leaves. Default: it waits to the end. */
  idleSeconds?: number;
  /** Writes the report, when everything is finished and no study process is there to do so. */
  conclude?(dir: string): Promise<void>;
  /** In place of a look at the prepared data. */
  checkData?(study: FrozenStudy): Promise<void>;
}

/**
 * Makes runs of the study in `dir` until none is missing. Throws UserError when this computer
 * cannot do so (no study, no data, no place to write), InterruptedError when stopped (everything is kept).
 */
export async function attendStudy(options: WorkerOptions): Promise<Made & { study: FrozenStudy }> {
  const dir = resolve(options.dir);
  const warn = options.onWarning ?? (() => {});
  const watch = new Watch();
  try {
    let study = readStudy(dir);
    const runs = runsDirOf(dir);
    makeFolder(runs);
    tryWriting(runs);
    const seats = createSeats(runs, watch, warn);
    let ran = 0;
    for (;;) {
      // Without its data every run would fail: that is this computer's trouble, and no result.
      await (options.checkData ?? dataOf(options))(study);
      const made = await makeRuns(dir, study, options, { seats, idleSeconds: options.idleSeconds });
      ran += made.ran;
      const isChanged = () => JSON.stringify(readStudy(dir)) !== JSON.stringify(study);
      if (made.plan.done && !isChanged()) await conclude(dir, study, options, watch);
      // Somebody may have changed the study meanwhile: while it was concluded, too.
      if (!isChanged()) return { ...made, ran, study };
      study = readStudy(dir);
    }
  } catch (error) {
    throw isPlaceError(error) ? placeError(dir, error, '--study') : error;
  }
}

const dataOf =
  ({ cacheDir }: WorkerOptions) =>
  async ({ data, trainer }: FrozenStudy) => {
    if (trainer) checkScript(trainer);
    if (data) (await openData(data.fingerprint, cacheDir)).close();
  };

/** Whoever finds everything finished writes the report, unless a study process lives: it does so itself. */
async function conclude(
  dir: string,
  study: FrozenStudy,
  options: WorkerOptions,
  watch: Watch,
): Promise<void> {
  let lock: Awaited<ReturnType<typeof lockStudy>>;
  try {
    const { signal, onWarning: warn } = options;
    lock = await lockStudy(dir, { watch, warn, signal, advice: 'it writes the report' });
  } catch (error) {
    if (error instanceof UserError) return options.onWarning?.(error.message);
    if (error instanceof InterruptedError) return;
    throw error;
  }
  try {
    await makeLabs(dir, study, options);
    lock.check('now');
    await options.conclude?.(dir);
  } finally {
    lock.release('finished');
  }
}
