// The training loop: batch, gradient, clip, update, log; checkpoints so that a killed
// run ends with the same bits.
import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '../core/errors.ts';
import { YIELD_MS } from '../core/yield.ts';
import { MachineCodeError } from '../runtime/backend.ts';
import { type OpenRun, openAttempt } from './attempt.ts';
import type { RunConfig } from './config.ts';
import { evaluate } from './evaluate.ts';
import { tailAfter } from './metrics.ts';
import type { TrainOptions } from './options.ts';
import { conclude, type RunOutcome } from './outcome.ts';
import { takeStep } from './step.ts';

/**
 * Trains one model as `config` says. The outcome is `diverged` when the loss is lost (see divergence.ts).
 * Throws UserError for a config that does not fit the data, CheckpointError for a damaged checkpoint in
 * `attemptDir`, InterruptedError when `signal` stops it.
 */
export async function train(config: RunConfig, options: TrainOptions): Promise<RunOutcome> {
  try {
    return await trainOnce(config, options);
  } catch (error) {
    if (!(error instanceof MachineCodeError)) throw error;
    // Kernels are made without it from here on: the run begins again, or goes on from its checkpoint.
    return trainOnce(config, options);
  }
}

async function trainOnce(config: RunConfig, options: TrainOptions): Promise<RunOutcome> {
  const attempt = await openAttempt(config, options);
  try {
    await takeSteps(attempt, options);
    if (!attempt.counters.reason) await attempt.probe();
    return await conclude(attempt);
  } finally {
    await attempt.close();
  }
}

/** Takes the steps that are left, until the run has diverged or `signal` stops it. */
async function takeSteps(attempt: OpenRun, options: TrainOptions): Promise<void> {
  const { config, data, engine, sampler, recorder, counters, batch } = attempt;
  const { checkpointSeconds = 20, signal } = options;
  const { steps } = config;
  let saved = performance.now();
  let yielded = performance.now();
  while (counters.step < steps && !counters.reason) {
    await attempt.probe();
    recorder.before();
    const taken = await takeStep(engine, sampler, config, counters, batch);
    if (!taken) break;
    if (counters.step > tailAfter(steps)) {
      counters.tail.loss += taken.loss;
      counters.tail.steps++;
    }
    await options.onStep?.(taken, engine);

    const evaluateNow =
      config.eval.every > 0 && counters.step % config.eval.every === 0 && counters.step < steps;
    const valLoss = evaluateNow ? (await evaluate(engine, config, data)).loss : undefined;
    options.beforeWrite?.();
    recorder.after(taken, valLoss);
    const now = performance.now();
    if (now - yielded > YIELD_MS) {
      options.onProgress?.({
        step: counters.step,
        steps,
        loss: counters.smooth!,
        lr: taken.lr,
        tokensPerSecond: attempt.speed(),
      });
      await setImmediate();
      yielded = performance.now();
      if (signal?.aborted) {
        await attempt.save();
        throw signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError('interrupted');
      }
    }
    if (now - saved > checkpointSeconds * 1000) {
      await attempt.save();
      saved = performance.now();
    }
  }
}
