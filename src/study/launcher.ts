// Worker processes on this machine: started when needed, replaced when they die, one run each at a time.
import { type ChildProcess, fork } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { attempts } from '../store/attempt.ts';
import { createRunDir, publishResult, readResult } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import type { RunProgress } from './trainer.ts';
import type { RunRequest } from './tuner.ts';

/** Deaths of a run's workers without a step of progress between them, after which the run counts as failed. */
const maxCrashes = 3;

export interface LauncherOptions {
  runsDir: string;
  jobs: number;
  threads: number;
  device?: DeviceName;
  /** URL of the module with `createTrainer`. */
  trainer: string;
  cacheDir?: string;
  checkpointSeconds?: number;
  onProgress?(run: RunRequest, progress: RunProgress): void;
  warn(line: string): void;
}

export type Ending = RunResult | 'busy' | 'interrupted';

export interface Launcher {
  /**
   * Starts a run in a worker of its own; `silent` is the print of a lease that it may take over. Rejects with UserError when
   * results cannot be written.
   */
  start(run: RunRequest, silent?: string): Promise<Ending>;
  /** Asks all workers to write a checkpoint and end; resolves when they are gone. */
  stop(): Promise<void>;
  /** Process ids of the workers, for tests and status. */
  pids(): number[];
}

export function createLauncher(options: LauncherOptions): Launcher {
  const { jobs, threads, device, checkpointSeconds } = options;
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let stopping = false;

  /** One worker on one run until it says how it ended, or dies. */
  function once(
    run: RunRequest,
    silent: string | undefined,
    onStep: (step: number) => void,
  ): Promise<Ending | { death: string }> {
    const worker = idle.pop() ?? spawn();
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void, reuse: boolean) => {
        worker.off('message', onMessage).off('exit', onExit).off('error', onError);
        if (reuse && worker.connected && !stopping && idle.length < jobs) idle.push(worker);
        settle();
      };
      const onMessage = (message: FromWorker) => {
        if (message.type === 'progress') {
          onStep(message.step);
          options.onProgress?.(run, message);
        } else if (message.type === 'warning') options.warn(`run ${run.id}: ${message.message}`);
        else if (message.type === 'end') finish(() => resolve(message.result), true);
        else if (message.type === 'busy') finish(() => resolve('busy'), true);
        else if (message.type === 'interrupted') finish(() => resolve('interrupted'), false);
        else if (message.type === 'refused') finish(() => reject(new UserError(message.message)), true);
      };
      const onExit = (code: number | null, signal: string | null) =>
        finish(
          () => resolve({ death: `worker ended with ${signal ?? `code ${code}`}${lastWords(worker)}` }),
          false,
        );
      const onError = (error: Error) => finish(() => resolve({ death: error.message }), false);
      worker.on('message', onMessage).on('exit', onExit).on('error', onError);
      const message: ToWorker = {
        type: 'run',
        id: run.id,
        runDir: join(options.runsDir, run.id),
        config: run.config,
        threads,
        device,
        checkpointSeconds,
        silent,
      };
      worker.send(message, (error) => error && onError(error));
    });
  }

  const words = new WeakMap<ChildProcess, string>();
  const lastWords = (worker: ChildProcess) => {
    const text = (words.get(worker) ?? '').trim();
    return text ? `: ${text.split('\n').slice(-3).join(' ')}` : '';
  };

  function spawn(): ChildProcess {
    const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    const worker = fork(entry, [options.trainer, options.cacheDir ?? ''], {
      execPath: process.execPath,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    // Kept for the report of a crash; on the terminal it would fight with the progress bars.
    worker.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words.set(worker, ((words.get(worker) ?? '') + text).slice(-2000));
    });
    all.add(worker);
    worker.on('error', () => {
      // One that was never started does not exit either: nobody is to wait for that.
      if (worker.pid === undefined) all.delete(worker);
    });
    worker.on('exit', () => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    return worker;
  }

  async function start(run: RunRequest, silent?: string): Promise<Ending> {
    let crashes = 0;
    let reached = -1; // furthest first step of an attempt: a later attempt that starts beyond it made progress
    for (;;) {
      let first: number | undefined;
      const ending = await once(run, silent, (step) => {
        if (first !== undefined) return;
        first = step;
        if (step > reached) crashes = 0;
        reached = Math.max(reached, step);
      });
      if (typeof ending === 'string' || !('death' in ending)) {
        if (ending !== 'interrupted' || stopping) return ending;
        continue; // a signal to that worker alone
      }
      if (stopping) return 'interrupted';
      const runDir = join(options.runsDir, run.id);
      const standing = readResult(runDir); // it may have published before it died
      if (standing) return standing;
      crashes++;
      options.warn(`run ${run.id}: ${ending.death}; ${crashes < maxCrashes ? 'continuing it' : 'given up'}`);
      if (crashes >= maxCrashes) return giveUp(run, runDir, ending.death);
    }
  }

  function giveUp(run: RunRequest, runDir: string, death: string): RunResult {
    const now = new Date().toISOString();
    const result: RunResult = {
      schema: 1,
      id: run.id,
      status: 'failed',
      error: `${maxCrashes} workers died on it without progress; the last ${death}`,
      attempt: attempts(runDir).at(-1) ?? 1,
      startedAt: now,
      finishedAt: now,
      host: hostname(),
    };
    createRunDir(runDir, run.config, options.warn); // they may have died before they made it
    publishResult(runDir, result);
    return readResult(runDir) ?? result;
  }

  return {
    start,
    async stop() {
      stopping = true;
      const gone = [...all].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      for (const worker of all)
        if (worker.connected) worker.send({ type: 'stop' } satisfies ToWorker, () => {});
      await Promise.all(gone);
    },
    pids: () => [...all].flatMap((worker) => worker.pid ?? []),
  };
}
