// gaplab in a browser: training in a web worker. See docs/browser.md.
import type { Pause } from './browser/pause.ts';
import type { BrowserDevice } from './browser/session.ts';
import type {
  BrowserOutcome,
  BrowserRun,
  BrowserStep,
  BrowserText,
  TextWish,
  Tokens,
} from './browser/train.ts';
import type { PageMessage, WorkerMessage } from './browser/worker.ts';
import { InterruptedError, UserError } from './core/errors.ts';
import { checkModel } from './model/presets.ts';
import { batchPlan } from './optim/batch-schedules.ts';
import { resolveHyper } from './optim/registry.ts';
import { schedule as findSchedule } from './optim/schedules.ts';
import { runConfig } from './train/config.ts';

export { createPause, type Pause } from './browser/pause.ts';
export type { BrowserDevice } from './browser/session.ts';
export type {
  BrowserOutcome,
  BrowserRun,
  BrowserStep,
  BrowserText,
  TextWish,
  Tokens,
} from './browser/train.ts';
export { InterruptedError, UserError } from './core/errors.ts';
export { parameterCount, parameters } from './model/parameters.ts';
export { modelPreset, modelPresets } from './model/presets.ts';
export { optimizer, optimizers, resolveHyper } from './optim/registry.ts';
export { lrAt, schedules } from './optim/schedules.ts';
export { defaultMicroBatch } from './runtime/micro-batch.ts';

export interface BrowserOptions {
  /** Called once, when everything is loaded and compiled and steps begin. */
  onReady?(seconds: number): void;
  /** Called after every step. */
  onStep?(step: BrowserStep): void;
  /** Text for the model to write on the way, and what is called with it. */
  text?: TextWish;
  onText?(text: BrowserText): void;
  /** Made by `createPause`: while it is on, no step is taken. The run then goes on with the same bits. */
  pause?: Pause;
  /** When aborted, the worker is ended at once and the promise rejects with InterruptedError. */
  signal?: AbortSignal;
  /** Tokens to measure the loss on in the end (`run.eval.tokens` of them; all, when it is not given). */
  validation?: Tokens;
  /** Where gradients are computed; `wasm` by default. Updates always run in WebAssembly. */
  device?: BrowserDevice;
  /** Threads (default 1); without cross-origin isolation it is 1 whatever is asked for. */
  threads?: number;
  /**
   * Folder that serves ONNX Runtime's .mjs and .wasm files; by default the one the worker's
   * script comes from.
   */
  wasmPaths?: string | URL;
  /**
   * Starts the worker, for bundlers that want to see where its script is; by default `./browser/worker.js`.
   */
  worker?(): Worker;
}

const browserRun = runConfig.omit({ schema: true, data: true }).partial({ microBatch: true, eval: true });

/** The run, with every hyperparameter; what a config.json has beside it is left out. */
function checkRun(run: BrowserRun): BrowserRun {
  const { model, optimizer, lr, schedule, clip, batchSize, microBatch, steps, seed } = run;
  const { success, error, data } = browserRun.safeParse({
    ...{ model, optimizer, lr, schedule, clip, batchSize, microBatch, steps, seed },
    ...{ batchSchedule: run.batchSchedule, eval: run.eval },
  });
  if (!success) throw new UserError(`run: ${error.issues[0].path.join('.')}: ${error.issues[0].message}`);
  checkModel(data.model);
  findSchedule(schedule.name);
  batchPlan(batchSize, run.batchSchedule);
  return { ...data, optimizer: { ...optimizer, hyper: resolveHyper(optimizer.name, optimizer.hyper) } };
}

const startWorker = () =>
  new Worker(new URL('./browser/worker.js', import.meta.url), { type: 'module', name: 'gaplab' });

/**
 * Trains a model on `tokens` in a worker of its own, as Node would: same sequences,
 * same schedule, same rules. The tokens are copied. Rejects with UserError for a config that does not fit,
 * InterruptedError when `signal` stops it.
 */
export async function trainInWorker(
  run: BrowserRun,
  tokens: Tokens,
  options: BrowserOptions = {},
): Promise<BrowserOutcome> {
  const { validation, text, pause, signal, onReady, onStep, onText } = options;
  const { device = 'wasm', threads = 1, worker: start = startWorker } = options;
  const wasmPaths = options.wasmPaths && new URL('./', new URL(options.wasmPaths, location.href)).href;
  const order: PageMessage = {
    type: 'gaplab:train',
    run: checkRun(run),
    tokens,
    validation,
    text,
    place: { device, threads, wasmPaths },
  };
  const interrupted = () =>
    signal?.reason instanceof InterruptedError ? signal.reason : new InterruptedError('interrupted');
  if (signal?.aborted) throw interrupted();
  const worker = start();
  let unfollow: (() => void) | undefined;
  try {
    return await new Promise<BrowserOutcome>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(interrupted()), { once: true });
      worker.addEventListener('error', ({ message }) =>
        reject(new Error(`the worker does not run: ${message || 'its script could not be loaded'}`)),
      );
      worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
        try {
          if (data.type === 'gaplab:ready') onReady?.(data.seconds);
          else if (data.type === 'gaplab:step') onStep?.(data.step);
          else if (data.type === 'gaplab:text') onText?.(data.text);
        } catch (error) {
          reject(error);
        }
        if (data.type === 'gaplab:done') resolve(data.outcome);
        else if (data.type === 'gaplab:error')
          reject(data.name === 'UserError' ? new UserError(data.message) : new Error(data.message));
      });
      worker.postMessage(order);
      unfollow = pause?.follow((paused) =>
        worker.postMessage({ type: 'gaplab:pause', paused } satisfies PageMessage),
      );
    });
  } finally {
    unfollow?.();
    worker.terminate();
  }
}
