// A study from file to finished runs: lock, data, frozen study, then workers until
// the tuner wants nothing more.
import { join, resolve } from 'node:path';
import { InterruptedError, UserError } from '../core/errors.ts';
import { prepareData } from '../data/index.ts';
import { codeOf, isPlaceError, placeError } from '../files/errors.ts';
import { LeaseLostError } from '../store/lease.ts';
import { lockStudy } from '../store/lock.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { freezeStudy, openStudyDir } from '../store/study-dir.ts';
import { Watch } from '../store/watch.ts';
import { runElsewhere } from './cluster/elsewhere.ts';
import { type LauncherName, launcherSettings } from './cluster/settings.ts';
import { requireSlurm } from './cluster/slurm.ts';
import { continued, importedIn } from './continued.ts';
import { type LabOptions, makeLabs } from './labs.ts';
import { loadStudy } from './load.ts';
import { type Made, makeRuns, type WorkOptions } from './make-runs.ts';
import { type Draft, draftStudy, resolveScript, resolveStudy } from './resolve.ts';
import type { DataFacts } from './resolve-model.ts';
import type { StudyInput } from './schema.ts';
import { createSeats } from './seats.ts';

export interface StudyOptions extends WorkOptions {
  /** Name of a preset, path of a study file, or the study itself. */
  study: string | StudyInput;
  /** Changes to it, `field=value`. */
  set?: string[];
  /** Which of its sizes (smoke, mini, long, paper), where it has several. */
  size?: string;
  /** Directory of the study. Default: `studies/<name>`. */
  out?: string;
  /** Pool of runs shared with other studies. Default: `<out>/runs`. */
  runs?: string;
  /** Who makes the runs. Default: what the study file says, else this process. */
  launcher?: LauncherName;
  onData?(progress: { phase: string; done: number; total: number }): void;
  onLab?: LabOptions['onLab'];
  /** Called before anything is done. */
  begin?(dir: string): void;
  /** Called at the end, and when stopped, while the directory is still ours. */
  conclude?(dir: string): Promise<void>;
  /** In place of the real data. */
  prepare?(source: NonNullable<Draft['source']>): Promise<DataFacts>;
}

export type DataOptions = Pick<
  StudyOptions,
  'study' | 'prepare' | 'cacheDir' | 'signal' | 'onData' | 'onWarning'
>;

export interface StudyRun extends Made {
  dir: string;
  study: FrozenStudy;
}

/**
 * Makes exactly the runs of a study that are missing. Safe to kill at any moment and to call again.
 * Throws UserError before any training for a study that cannot be run, InterruptedError
 * when stopped (everything is kept).
 */
export async function executeStudy(options: StudyOptions): Promise<StudyRun> {
  const file = loadStudy(options.study, options.set, options.size);
  const draft = named(options.study, () => draftStudy(file));
  const dir = resolve(options.out ?? join('studies', draft.name));
  const launcher = launcherSettings(options.launcher, file.launcher);
  if (launcher.kind === 'slurm') requireSlurm();
  try {
    options.begin?.(dir);
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(dir, error);
  }
  openStudyDir(dir, options.runs);
  const warn = options.onWarning ?? (() => {});
  const watch = new Watch();
  const seats = createSeats(join(dir, 'runs'), watch, warn);
  const lock = await lockStudy(dir, { watch, warn, signal: options.signal, meanwhile: seats.look });
  try {
    const there = importedIn(dir, draft);
    const asked = await withData(draft, options);
    const study = there ? continued(there, asked) : asked;
    lock.check();
    freezeStudy(dir, study, warn);
    const conclude = async () => {
      lock.check();
      await options.conclude?.(dir);
    };
    try {
      await makeLabs(dir, study, options);
      const check = () => lock.check();
      const made =
        launcher.kind === 'local'
          ? await makeRuns(dir, study, options, { seats, check })
          : await runElsewhere(dir, study, launcher, options, { watch, check });
      await conclude();
      return { dir, study, ...made };
    } catch (error) {
      // What is finished can be looked at; should that fail too, the interruption is what to tell.
      if (error instanceof InterruptedError) await conclude().catch(() => {});
      throw error;
    }
  } catch (error) {
    if (error instanceof LeaseLostError)
      throw new UserError(
        `${dir}: this process stood still for so long that another one took the study over; it goes on there`,
      );
    throw isPlaceError(error) ? placeError(dir, error) : error;
  } finally {
    lock.release('finished');
  }
}

/** The study with what it needs to know of its data, which are prepared where that was not done before. */
export async function withData(draft: Draft, options: DataOptions): Promise<FrozenStudy> {
  const { source, trainer } = draft;
  if (trainer) return resolveScript({ ...draft, trainer });
  const data = await (options.prepare ?? ((source) => prepare(source, options)))(source!);
  return named(options.study, () => resolveStudy(draft, data));
}

/** Errors about a study carry its name or path. */
function named<T>(study: string | StudyInput, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError && typeof study === 'string')
      throw new UserError(`${study}: ${error.message}`);
    throw error;
  }
}

async function prepare(source: NonNullable<Draft['source']>, options: DataOptions): Promise<DataFacts> {
  const { cacheDir, signal, onData, onWarning } = options;
  const data = await prepareData({ ...source, cacheDir, signal, onProgress: onData, onWarning });
  data.close();
  return data;
}
