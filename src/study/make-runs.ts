// What every worker does: it plans with the results on the disk, trains wanted runs
// that nobody has, and plans again.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InterruptedError, UserError } from '../core/errors.ts';
import { requireDevice } from '../runtime/open-engine.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { tryWriting } from '../store/study-dir.ts';
import type { TorchOptions } from '../torch/job.ts';
import { findPython } from '../torch/python.ts';
import { createChildren } from './children.ts';
import { Outcomes } from './outcomes.ts';
import { progressOf, type Running, type StudyProgress } from './progress.ts';
import type { Seats } from './seats.ts';
import { createStreak } from './streak.ts';
import type { Plan, RunRequest } from './tuner.ts';

export interface WorkOptions {
  /** Runs at once, each in a process of its own. Default: one per core. */
  jobs?: number;
  /** Threads per run. Default: 1, more only when the study has fewer runs than the machine has cores. */
  threads?: number;
  /** Where runs are computed. Default: cpu. Another device runs one at a time unless `jobs` says more. */
  device?: DeviceName;
  /** How PyTorch computes, in a study that says `engine: torch`. */
  torch?: TorchOptions;
  cacheDir?: string;
  /** Seconds of training that a kill may cost. */
  checkpointSeconds?: number;
  /** Milliseconds since 1970 by which runs should have ended, for scripts to know. */
  deadline?: number;
  /** Aborted: runs write a checkpoint, then InterruptedError. */
  signal?: AbortSignal;
  /** About four times a second while runs are in progress. */
  onProgress?(progress: StudyProgress): void;
  onRun?(run: RunRequest, result: RunResult): void;
  onWarning?(line: string): void;
  /** URL of a module exporting `createTrainer`, in place of the real trainer. */
  trainer?: string;
  /** In place of child processes. */
  children?: typeof createChildren;
}

/** What became of a study's runs. */
export interface Made {
  plan: Plan;
  /** Runs finished by this call. */
  ran: number;
  /** Runs of the study that failed; the next worker tries them again. */
  failed: { run: RunRequest; error: string }[];
}

export interface MakeRunsOptions {
  seats: Seats;
  /** Asked between runs; what it throws ends the work. */
  check?(): void;
  /**
   * Seconds without a run to train after which this worker has no more to do. Default:
   * it waits for the others to the end.
   */
  idleSeconds?: number;
}

/**
 * Makes the runs of `study` that nobody else makes, until none is missing. Any number
 * of workers may do so at once: each plans for itself, and leases keep them apart.
 * Throws InterruptedError when stopped; everything is kept.
 */
export async function makeRuns(
  dir: string,
  study: FrozenStudy,
  options: WorkOptions,
  { seats, check, idleSeconds = Number.POSITIVE_INFINITY }: MakeRunsOptions,
): Promise<Made> {
  const { signal } = options;
  const runsDir = join(dir, 'runs');
  const warn = options.onWarning ?? (() => {});
  const outcomes = new Outcomes(study, runsDir);
  const { results } = outcomes;
  const running = new Map<string, { done: Promise<void>; at: Running }>();
  let refused: unknown;
  let ran = 0;
  let pauseMs = 250;
  // Failures of earlier calls are tried again; those that other workers meet from now on are not.
  const retryUntil = tryWriting(runsDir);
  const look = (): Plan => {
    const begun = performance.now();
    const state = outcomes.look({ warn, retryUntil, skip: (id) => running.has(id) });
    // Looking at many runs takes its time: it stays a small part of the waiting.
    pauseMs = Math.max(250, 20 * (performance.now() - begun));
    return state;
  };

  let state = look();
  if (state.done) return { plan: state, ran, failed: [] };
  if (study.trainer && options.device !== undefined && options.device !== 'cpu')
    throw new UserError(
      `a script decides itself where it computes: leave out --device ${options.device}, or hand it over as one of args`,
    );
  const torch = study.engine === 'torch' ? (options.torch ?? {}) : undefined;
  if (torch && options.device === 'webgpu')
    throw new UserError(
      'the study says engine: torch, which takes an NVIDIA card by itself: leave out --device',
    );
  const gpus = torch ? findPython(torch.python).gpus.length : 0;
  if (!torch) await requireDevice(options.device ?? 'cpu');
  const cores = availableParallelism();
  const expected = state.cells.reduce((n, cell) => n + cell.expected, 0);
  // Bits depend on the thread count: it must not follow --jobs, or two calls would make different runs.
  const threads = options.threads ?? (study.trainer ? undefined : Math.max(1, Math.floor(cores / expected)));
  // A script may well use the whole machine, or its only GPU.
  const onCpu = (options.device ?? 'cpu') === 'cpu' && gpus === 0 && !study.trainer;
  const jobs = options.jobs ?? (onCpu ? Math.max(1, Math.floor(cores / (threads ?? 1))) : 1);
  const show = () =>
    options.onProgress?.(
      progressOf(
        state,
        results,
        [...running.values()].map((r) => r.at),
        jobs,
      ),
    );
  const children = (options.children ?? createChildren)({
    runsDir,
    jobs,
    threads,
    device: options.device,
    torch,
    trainer:
      options.trainer ??
      new URL(import.meta.url.endsWith('.ts') ? './real-trainer.ts' : './real-trainer.js', import.meta.url)
        .href,
    cacheDir: options.cacheDir,
    checkpointSeconds: options.checkpointSeconds,
    script: study.trainer,
    deadline: options.deadline === undefined ? undefined : options.deadline / 1000,
    onProgress: (run, progress) => {
      const there = running.get(run.id);
      if (there) there.at = { ...progress, run };
    },
    warn,
  });
  const ticker = setInterval(show, 250);
  const streak = createStreak(study, runsDir, state.cells.length);

  const start = (run: RunRequest) => {
    const seat = seats.take(run.id);
    if (!seat) return;
    const done = children
      .start(run, seat.silent)
      .then((ending) => {
        if (typeof ending === 'string') return;
        results.set(run.id, ending);
        ran++;
        options.onRun?.(run, ending);
        streak.see(run, ending, warn);
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
    let busyAt = performance.now();
    while (!state.done && !signal?.aborted && !refused) {
      for (const run of state.wanted) {
        if (running.size >= jobs) break;
        if (!running.has(run.id)) start(run);
      }
      if (running.size > 0) busyAt = performance.now();
      else if (performance.now() - busyAt > idleSeconds * 1000) break;
      show();
      const wakes: Promise<unknown>[] = [aborted, ...[...running.values()].map((r) => r.done)];
      if (seats.waiting() || running.size === 0) wakes.push(new Promise((wake) => setTimeout(wake, pauseMs)));
      await Promise.race(wakes);
      check?.();
      state = look();
    }
  } finally {
    clearInterval(ticker);
    await children.stop();
    await Promise.all([...running.values()].map((r) => r.done));
  }
  if (refused) throw refused;
  if (!state.done && signal?.aborted)
    throw new InterruptedError('the study was stopped; the same command continues it');
  show();
  return { plan: state, ran, failed: outcomes.failures(state) };
}
