// A study from file to finished runs: lock, data, frozen study, then workers until the tuner wants nothing more.
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { InterruptedError, UserError } from '../core/errors.ts';
import { prepareData } from '../data/index.ts';
import { codeOf, isPlaceError, placeError } from '../files/errors.ts';
import { requireDevice } from '../runtime/open-engine.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { type Lease, LeaseLostError } from '../store/lease.ts';
import { lockStudy } from '../store/lock.ts';
import { readResult, retireFailure, runDirOf } from '../store/runs.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { freezeStudy, openStudyDir } from '../store/study-dir.ts';
import { Watch } from '../store/watch.ts';
import { type LabOptions, makeLabs } from './labs.ts';
import { createLauncher } from './launcher.ts';
import { loadStudy } from './load.ts';
import { progressOf, type Running, type StudyProgress } from './progress.ts';
import { type DataFacts, type Draft, draftStudy, resolveStudy } from './resolve.ts';
import type { StudyInput } from './schema.ts';
import { createSeats, type Seats } from './seats.ts';
import { type Plan, plan, type RunRequest } from './tuner.ts';

export interface StudyOptions {
  /** Name of a preset, path of a study file, or the study itself. */
  study: string | StudyInput;
  /** Changes to it, `field=value`. */
  set?: string[];
  /** Which of its sizes (smoke, mini, paper), where it has several. */
  size?: string;
  /** Directory of the study. Default: `studies/<name>`. */
  out?: string;
  /** Pool of runs shared with other studies. Default: `<out>/runs`. */
  runs?: string;
  /** Worker processes. Default: one per core. */
  jobs?: number;
  /** Threads per worker. Default: 1, more only when the study has fewer runs than the machine has cores. */
  threads?: number;
  /** Where runs are computed. Default: cpu. Another device runs one at a time unless `jobs` says more. */
  device?: DeviceName;
  cacheDir?: string;
  /** Seconds of training that a kill may cost. */
  checkpointSeconds?: number;
  /** Aborted: workers write a checkpoint, then InterruptedError. */
  signal?: AbortSignal;
  /** About four times a second while runs are in progress. */
  onProgress?(progress: StudyProgress): void;
  onData?(progress: { phase: string; done: number; total: number }): void;
  onLab?: LabOptions['onLab'];
  onRun?(run: RunRequest, result: RunResult): void;
  onWarning?(line: string): void;
  /** URL of a module exporting `createTrainer`, in place of the real trainer. */
  trainer?: string;
  /** In place of worker processes. */
  launcher?: typeof createLauncher;
  /** Called before anything is done. */
  begin?(dir: string): void;
  /** Called at the end, and when stopped, while the directory is still ours. */
  conclude?(dir: string): Promise<void>;
  /** In place of the real data. */
  prepare?(source: Draft['source']): Promise<DataFacts>;
}

export interface StudyRun {
  dir: string;
  study: FrozenStudy;
  plan: Plan;
  /** Runs finished by this call. */
  ran: number;
  /** Runs of the study that failed; the same call tries them again. */
  failed: { run: RunRequest; error: string }[];
}

/**
 * Makes exactly the runs of a study that are missing. Safe to kill at any moment and to call again. Throws UserError
 * before any training for a study that cannot be run, InterruptedError when stopped (everything is kept).
 */
export async function executeStudy(options: StudyOptions): Promise<StudyRun> {
  const file = loadStudy(options.study, options.set, options.size);
  const draft = named(options.study, () => draftStudy(file));
  const dir = resolve(options.out ?? join('studies', draft.name));
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
    const data = await (options.prepare ?? ((source) => prepare(source, options)))(draft.source);
    const study = named(options.study, () => resolveStudy(draft, data));
    lock.check();
    freezeStudy(dir, study, warn);
    const conclude = async () => {
      lock.check();
      await options.conclude?.(dir);
    };
    try {
      await makeLabs(dir, study, options);
      const made = await makeRuns(dir, study, options, lock, seats);
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

async function prepare(source: Draft['source'], options: StudyOptions): Promise<DataFacts> {
  const { cacheDir, signal, onData, onWarning } = options;
  const data = await prepareData({ ...source, cacheDir, signal, onProgress: onData, onWarning });
  data.close();
  return data;
}

async function makeRuns(
  dir: string,
  study: FrozenStudy,
  options: StudyOptions,
  lock: Lease,
  seats: Seats,
): Promise<Omit<StudyRun, 'dir' | 'study'>> {
  const { signal } = options;
  const runsDir = join(dir, 'runs');
  const warn = options.onWarning ?? (() => {});
  const results = new Map<string, RunResult>();
  const running = new Map<string, { done: Promise<void>; at: Running }>();
  let refused: unknown;
  let ran = 0;

  /** Plans with all that is on disk; failures of earlier calls are tried again. */
  const look = (): Plan => {
    for (;;) {
      const state = plan(study, results);
      const before = results.size;
      for (const { id } of state.wanted) {
        if (running.has(id)) continue;
        const runDir = runDirOf(runsDir, id);
        const result = readResult(runDir, warn);
        if (result?.status === 'failed') retireFailure(runDir, result);
        else if (result) results.set(id, result);
      }
      if (results.size === before) return state;
    }
  };

  let state = look();
  if (state.done) return { plan: state, ran, failed: [] };
  await requireDevice(options.device ?? 'cpu');
  const cores = availableParallelism();
  const expected = state.cells.reduce((n, cell) => n + cell.expected, 0);
  // Bits depend on the thread count: it must not follow --jobs, or two calls would make different runs.
  const threads = options.threads ?? Math.max(1, Math.floor(cores / expected));
  const onCpu = (options.device ?? 'cpu') === 'cpu';
  const jobs = options.jobs ?? (onCpu ? Math.max(1, Math.floor(cores / threads)) : 1);
  const show = () =>
    options.onProgress?.(
      progressOf(
        state,
        results,
        [...running.values()].map((r) => r.at),
        jobs,
      ),
    );
  const launcher = (options.launcher ?? createLauncher)({
    runsDir,
    jobs,
    threads,
    device: options.device,
    trainer:
      options.trainer ??
      new URL(import.meta.url.endsWith('.ts') ? './real-trainer.ts' : './real-trainer.js', import.meta.url)
        .href,
    cacheDir: options.cacheDir,
    checkpointSeconds: options.checkpointSeconds,
    onProgress: (run, progress) => {
      const there = running.get(run.id);
      if (there) there.at = { ...progress, run };
    },
    warn,
  });
  const ticker = setInterval(show, 250);

  const launch = (run: RunRequest) => {
    const seat = seats.take(run.id);
    if (!seat) return;
    const done = launcher
      .start(run, seat.silent)
      .then((ending) => {
        if (typeof ending === 'string') return;
        results.set(run.id, ending);
        ran++;
        options.onRun?.(run, ending);
      })
      .catch((error) => {
        refused ??= error;
      })
      .finally(() => running.delete(run.id));
    const { steps } = run.config;
    running.set(run.id, { done, at: { run, step: 0, steps, loss: Number.NaN, tokensPerSecond: 0 } });
  };

  try {
    const aborted = new Promise<void>((wake) =>
      signal?.addEventListener('abort', () => wake(), { once: true }),
    );
    while (!state.done && !signal?.aborted && !refused) {
      for (const run of state.wanted) {
        if (running.size >= jobs) break;
        if (!running.has(run.id)) launch(run);
      }
      show();
      const wakes: Promise<unknown>[] = [aborted, ...[...running.values()].map((r) => r.done)];
      if (seats.waiting() || running.size === 0) wakes.push(new Promise((wake) => setTimeout(wake, 250)));
      await Promise.race(wakes);
      lock.check();
      state = look();
    }
  } finally {
    clearInterval(ticker);
    await launcher.stop();
    await Promise.all([...running.values()].map((r) => r.done));
  }
  if (refused) throw refused;
  if (!state.done) throw new InterruptedError('the study was stopped; the same command continues it');
  show();
  return { plan: state, ran, failed: failures(state, results) };
}

function failures(state: Plan, results: ReadonlyMap<string, RunResult>): StudyRun['failed'] {
  return state.cells
    .flatMap((cell) => cell.runs)
    .flatMap((run) => {
      const result = results.get(run.id);
      return result?.status === 'failed' ? [{ run, error: result.error }] : [];
    });
}
