// Child processes that train: started when needed, replaced when they die, one run each at a time.
import { type ChildProcess, fork } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { attempts } from '../store/attempt.ts';
import { createRunDir, publishResult, readResult } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';
import type { TorchOptions } from '../torch/job.ts';
import type { FromChild, ToChild } from './messages.ts';
import type { RunProgress, ScriptPlace } from './trainer.ts';
import type { RunRequest } from './tuner.ts';

/**
 * Deaths of a run's processes without a step of progress between them, after which the run counts as failed.
 */
const maxCrashes = 3;

export interface ChildrenOptions {
  runsDir: string;
  jobs: number;
  threads?: number;
  device?: DeviceName;
  /** Given where PyTorch computes. */
  torch?: TorchOptions;
  /** URL of the module with `createTrainer`. */
  trainer: string;
  cacheDir?: string;
  checkpointSeconds?: number;
  script?: ScriptPlace;
  /** Unix time in seconds by which runs should have ended. */
  deadline?: number;
  onProgress?(run: RunRequest, progress: RunProgress): void;
  warn(line: string): void;
}

export type ChildEnding = RunResult | 'busy' | 'interrupted';

export interface Children {
  /**
   * Trains a run in a process of its own; `silent` is the print of a lease that it may take over.
   * Rejects with UserError when results cannot be written.
   */
  start(run: RunRequest, silent?: string): Promise<ChildEnding>;
  /** Asks all processes to write a checkpoint and end; resolves when they are gone. */
  stop(): Promise<void>;
  /** Process ids, for tests. */
  pids(): number[];
}

export function createChildren(options: ChildrenOptions): Children {
  const { jobs, threads, device, torch, checkpointSeconds, script, deadline } = options;
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let stopping = false;

  /** One process on one run until it says how it ended, or dies. */
  function once(
    run: RunRequest,
    silent: string | undefined,
    onStep: (step: number) => void,
  ): Promise<ChildEnding | { death: string }> {
    const child = idle.pop() ?? spawn();
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void, reuse: boolean) => {
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        if (reuse && child.connected && !stopping && idle.length < jobs) idle.push(child);
        settle();
      };
      const onMessage = (message: FromChild) => {
        if (message.type === 'progress') {
          onStep(message.step);
          options.onProgress?.(run, message);
        } else if (message.type === 'warning') options.warn(`run ${run.id}: ${message.message}`);
        else if (message.type === 'end')
          // What somebody else has made is read from the disk, like all that others make.
          finish(() => resolve(message.made ? message.result : 'busy'), true);
        else if (message.type === 'busy') finish(() => resolve('busy'), true);
        else if (message.type === 'interrupted') finish(() => resolve('interrupted'), false);
        else if (message.type === 'refused') finish(() => reject(new UserError(message.message)), true);
      };
      const onExit = (code: number | null, signal: string | null) =>
        finish(
          () => resolve({ death: `process ended with ${signal ?? `code ${code}`}${lastWords(child)}` }),
          false,
        );
      const onError = (error: Error) => finish(() => resolve({ death: error.message }), false);
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      const message: ToChild = {
        type: 'run',
        id: run.id,
        runDir: join(options.runsDir, run.id),
        config: run.config,
        threads,
        device,
        torch,
        checkpointSeconds,
        script,
        deadline,
        silent,
      };
      child.send(message, (error) => error && onError(error));
    });
  }

  const words = new WeakMap<ChildProcess, string>();
  const lastWords = (child: ChildProcess) => {
    const text = (words.get(child) ?? '').trim();
    return text ? `: ${text.split('\n').slice(-3).join(' ')}` : '';
  };

  function spawn(): ChildProcess {
    const entry = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);
    const child = fork(entry, [options.trainer, options.cacheDir ?? ''], {
      execPath: process.execPath,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    // Kept for the report of a crash; on the terminal it would fight with the progress bars.
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words.set(child, ((words.get(child) ?? '') + text).slice(-2000));
    });
    all.add(child);
    child.on('error', () => {
      // One that was never started does not exit either: nobody is to wait for that.
      if (child.pid === undefined) all.delete(child);
    });
    child.on('exit', () => {
      all.delete(child);
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
    });
    return child;
  }

  async function start(run: RunRequest, silent?: string): Promise<ChildEnding> {
    let crashes = 0;
    // Furthest first step of an attempt: a later attempt that starts beyond it made progress.
    let reached = -1;
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
        continue; // a signal to that process alone
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
      error: `${maxCrashes} processes died on it without progress; the last ${death}`,
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
      const gone = [...all].map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of all) if (child.connected) child.send({ type: 'stop' } satisfies ToChild, () => {});
      await Promise.all(gone);
    },
    pids: () => [...all].flatMap((child) => child.pid ?? []),
  };
}
