// One attempt at one run, from lease to published result.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, InterruptedError } from '../core/errors.ts';
import { codeOf, isPlaceError, placeError } from '../files/errors.ts';
import { ChangedScriptError, FullDiskError, ScriptError } from '../script/errors.ts';
import {
  type Attempt,
  attemptDir,
  checkpoints,
  forget,
  inherit,
  takeAttempt,
  tidyUp,
} from '../store/attempt.ts';
import { LeaseLostError } from '../store/lease.ts';
import { linesDigests } from '../store/lines.ts';
import { createRunDir, hasResult, publishResult, readResult } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';
import { type AnyRunConfig, isScript, runId } from '../train/run-id.ts';
import type { Outcome, RunFn, RunOptions } from './trainer.ts';

export type ExecuteOptions = Omit<RunOptions, 'attemptDir' | 'beforeWrite'> & {
  /** Hears of files that are damaged, and of a lease that was lost. */
  onWarning?(line: string): void;
  /** Print of a lease that was watched for long enough (store/watch.ts): it may be taken over. */
  silent?: string;
  /** Called once the run is this process's to make. */
  onTaken?(): void;
};

/** Attempts at a run of a script in one call, as long as none gets further than those before it. */
const MOST_TRIES = 3;

/** An attempt that ended early, and is to be followed by another. `step` is the last one that it told of. */
class AgainError extends Error {
  readonly step: number;
  constructor(step: number) {
    super('another attempt');
    this.step = step;
  }
}

/**
 * Runs `config` in `runDir` and publishes its result. Gives the result that stands (another attempt's,
 * when that was first), or 'busy' while a live process has the run. An exception of the trainer becomes
 * a `failed` result; throws InterruptedError after a stop, and UserError when the place cannot be written.
 */
export async function executeRun<Config extends AnyRunConfig>(
  runDir: string,
  config: Config,
  run: RunFn<Config>,
  options: ExecuteOptions,
): Promise<RunResult | 'busy'> {
  let furthest = -1;
  for (let tries = 1; ; tries++) {
    try {
      return await executeOnce(runDir, config, run, options, (step) => tries < MOST_TRIES || step > furthest);
    } catch (error) {
      if (!(error instanceof AgainError)) throw error;
      if (error.step > furthest) tries = 1;
      furthest = Math.max(furthest, error.step);
    }
  }
}

/**
 * One attempt. Throws AgainError when it failed at a step after which, by `isTriedAgain`,
 * another one should follow.
 */
async function executeOnce<Config extends AnyRunConfig>(
  runDir: string,
  config: Config,
  run: RunFn<Config>,
  options: ExecuteOptions,
  isTriedAgain: (step: number) => boolean,
): Promise<RunResult | 'busy'> {
  let attempt: Attempt | undefined;
  const { silent, ...rest } = options;
  const warn = options.onWarning ?? (() => {});
  try {
    occupy(runDir, config, warn);
    const finished = readResult(runDir, warn);
    if (finished) return finished;
    attempt = takeAttempt(runDir, runId(config), silent);
    if (!attempt) return readResult(runDir) ?? 'busy';
    // Between the last look and the lease somebody else may have finished.
    const standing = readResult(runDir, warn);
    if (standing) {
      attempt.log(ending(standing));
      attempt.release('finished');
      return standing;
    }
    const common = {
      schema: 1 as const,
      id: runId(config),
      attempt: attempt.number,
      startedAt: attempt.holder.since,
      host: attempt.holder.host,
    };
    const finishedAt = () => new Date().toISOString();
    options.onTaken?.();
    const stop = watchStop(runDir);
    const signal = AbortSignal.any([rest.signal, stop.signal]);
    try {
      const outcome = await fromBestCheckpoint(
        runDir,
        attempt,
        config,
        run,
        guarded(attempt, { ...rest, signal }),
      );
      attempt.check('now');
      const files = linesDigests(attempt.dir);
      const result: RunResult = { ...common, finishedAt: finishedAt(), files, ...finite(outcome) };
      const stands = conclude(runDir, attempt, result);
      tidyUp(runDir, attempt.number);
      return stands;
    } catch (error) {
      const stands = stop.signal.aborted && !rest.signal.aborted ? readResult(runDir) : undefined;
      if (stands) {
        attempt.log(ending(stands));
        attempt.release('finished');
        return stands;
      }
      if (isNoResult(error)) throw error;
      attempt.check('now');
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      attempt.log(`failed: ${text}`);
      if (error instanceof ScriptError && error.again && isTriedAgain(error.step))
        throw new AgainError(error.step);
      return conclude(runDir, attempt, {
        ...common,
        finishedAt: finishedAt(),
        status: 'failed',
        error: reason(error),
      });
    } finally {
      stop.end();
    }
  } catch (error) {
    if (error instanceof LeaseLostError) {
      warn('this process stood still for so long that another one took the run over; it is left to that one');
      return readResult(runDir) ?? 'busy';
    }
    attempt?.release(error instanceof InterruptedError ? 'interrupted' : 'failed');
    if (isPlaceError(error)) throw placeError(runDir, error);
    throw error;
  }
}

/** What the log of an attempt says where a result stands that is not its own. */
const ending = (result: RunResult): string =>
  result.status === 'failed'
    ? `ends: the run was stopped (${result.error})`
    : `ends: attempt ${result.attempt} has finished the run`;

/** Milliseconds between looks for a result of somebody else's. */
const LOOK_MS = 1000;

/**
 * Aborts when the run is said to have failed meanwhile: that is how somebody stops it, from wherever.
 * A run that another attempt has finished goes on to its end, since its result may
 * then be compared with that one's.
 */
function watchStop(runDir: string): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    try {
      if (hasResult(runDir) && readResult(runDir)?.status === 'failed')
        controller.abort(new InterruptedError('the run was stopped'));
    } catch {} // What cannot be read now is looked at again, and told at the end of the run.
  }, LOOK_MS);
  return { signal: controller.signal, end: () => clearInterval(timer) };
}

/** What ends an attempt without saying anything about its run. */
const isNoResult = (error: unknown): boolean =>
  error instanceof InterruptedError ||
  error instanceof LeaseLostError ||
  error instanceof ChangedScriptError ||
  error instanceof FullDiskError ||
  isPlaceError(error);

/** Training looks whether the lease is still its own before it writes anything. */
function guarded(attempt: Attempt, options: Omit<ExecuteOptions, 'silent'>): GuardedOptions {
  return {
    ...options,
    attemptDir: attempt.dir,
    beforeWrite: () => attempt.check(),
    onProgress(progress) {
      attempt.check();
      options.onProgress(progress);
    },
  };
}

type GuardedOptions = RunOptions & Pick<ExecuteOptions, 'onWarning'>;

/** Whatever stands in the way of the run's directory is about the place. */
function occupy(runDir: string, config: AnyRunConfig, warn: (line: string) => void): void {
  try {
    createRunDir(runDir, config, warn);
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(runDir, error);
  }
}

/** What V8, WebAssembly and ONNX Runtime say when there is no memory to be had. */
const outOfMemory =
  /allocation failed|could not allocate|failed to allocate|bad_alloc|invalid (typed )?array .*length/i;

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!outOfMemory.test(message)) return message || 'unknown error';
  return `not enough memory (${message}): lower the batch size, the micro-batch or the model's seqLen`;
}

/** Trains from the newest checkpoint of earlier attempts that can be read, else from the start. */
async function fromBestCheckpoint<Config extends AnyRunConfig>(
  runDir: string,
  attempt: Attempt,
  config: Config,
  run: RunFn<Config>,
  options: GuardedOptions,
): Promise<Outcome> {
  for (const from of checkpoints(runDir, attempt.number)) {
    try {
      inherit(runDir, from, attempt);
      attempt.log(`continues from the checkpoint of attempt ${from}`);
      return await run(config, options);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      attempt.check('now');
      attempt.log(`the checkpoint of attempt ${from} cannot be used (${error.message}); trying an older one`);
      const bad = join(attemptDir(runDir, from), 'checkpoint');
      renameSync(`${bad}.safetensors`, `${bad}.corrupt`);
      options.onWarning?.(
        `a checkpoint is damaged; it is kept as ${bad}.corrupt, and training goes on from an older one, else from the start`,
      );
      forget(attempt);
    }
  }
  // Checkpoints of a script are its own affair.
  attempt.log(isScript(config) ? 'starts the script' : 'starts from step 0');
  return run(config, options);
}

/** Publishes and drops the lease; gives the result that stands. */
function conclude(runDir: string, attempt: Attempt, result: RunResult): RunResult {
  const first = publishResult(runDir, result);
  const standing = first ? result : (readResult(runDir) ?? result);
  if (!first) {
    attempt.log(`attempt ${standing.attempt} published first: its result stands`);
    // Same config and seed give the same bits on one thread count and machine type:
    // a difference is worth a look.
    if (
      result.status === 'done' &&
      standing.status === 'done' &&
      result.paramsSha256 !== standing.paramsSha256
    )
      attempt.log(`DIFFERENT parameters than attempt ${standing.attempt}: ${result.paramsSha256}`);
  }
  attempt.release(result.status === 'failed' ? 'failed' : 'finished');
  return standing;
}

/** JSON has no NaN: a loss that is not finite is null. */
function finite(outcome: Outcome): Outcome {
  const clean = (x: number | null) => (x !== null && Number.isFinite(x) ? x : null);
  return {
    ...outcome,
    trainLoss: clean(outcome.trainLoss),
    valLoss: clean(outcome.valLoss),
    valBitsPerByte: clean(outcome.valBitsPerByte),
  };
}
