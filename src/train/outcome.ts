// How a run ends: the last validation, the last checkpoint, and what is reported of it.
import { createHash } from 'node:crypto';
import { measureAccuracy } from './accuracy.ts';
import type { OpenRun } from './attempt.ts';
import { checkEnd } from './divergence.ts';
import { evaluate } from './evaluate.ts';
import { round } from './recorder.ts';
import { readBatch } from './step.ts';

export interface RunOutcome {
  status: 'done' | 'diverged';
  /** Why a run counts as diverged. */
  reason?: string;
  /** Steps taken of `steps`. */
  step: number;
  steps: number;
  tokens: number;
  /** Mean training loss over the last 5% of the steps, nats per prediction (token, masked token, image). */
  trainLoss: number | null;
  valLoss: number | null;
  valBitsPerByte: number | null;
  /**
   * Of a model that classifies: share of the validation images whose class it gives the highest probability.
   */
  valAccuracy?: number;
  valTokens: number;
  /** SHA-256 of the final parameters: equal hashes are equal bits. */
  paramsSha256: string;
  /** Training time over all attempts. */
  seconds: number;
  tokensPerSecond: number;
  threads: number;
  /** Where it was computed, if not on the CPU by gaplab's own engine. */
  device?: string;
  /** What computed it, if not gaplab's own engine, and with which numbers. */
  engine?: string;
  dtype?: string;
}

/**
 * Validates a run that has taken its steps or diverged, and saves the state from which
 * probes and other tools read the model.
 */
export async function conclude(attempt: OpenRun): Promise<RunOutcome> {
  const { config, data, threads, device, engine, sampler, counters, batch, tokensAt } = attempt;
  const { model, steps } = config;
  counters.seconds = attempt.seconds();
  const validation = counters.reason ? undefined : await evaluate(engine, config, data);
  const lastLoss = async () => {
    const { sequences, size } = readBatch(sampler, config, steps - 1, batch);
    return await engine.loss(sequences, size);
  };
  const reason = validation ? await checkEnd(validation.loss, model, lastLoss) : counters.reason;
  await attempt.save();
  const classifies = model.objective === 'classify' && !reason;
  const accuracy = classifies ? await measureAccuracy(engine.params, config, data, threads) : undefined;
  const { step, tail, seconds } = counters;
  return {
    status: reason ? 'diverged' : 'done',
    ...(reason ? { reason } : {}),
    step,
    steps,
    tokens: tokensAt(step),
    trainLoss: tail.steps > 0 ? tail.loss / tail.steps : null,
    valLoss: reason || !validation ? null : validation.loss,
    valBitsPerByte: reason || !validation ? null : validation.bitsPerByte,
    ...(accuracy === undefined ? {} : { valAccuracy: accuracy }),
    valTokens: validation?.tokens ?? 0,
    paramsSha256: hashOf(engine.params),
    seconds: round(seconds),
    tokensPerSecond: Math.round(tokensAt(step) / Math.max(seconds, 1e-9)),
    threads,
    ...(device === 'cpu' ? {} : { device }),
  };
}

/** SHA-256, in parts, because a hash takes at most 2 GiB at once. */
export function hashOf(values: Float32Array): string {
  const hash = createHash('sha256');
  const part = 2 ** 28;
  for (let at = 0; at < values.length; at += part) hash.update(values.subarray(at, at + part));
  return hash.digest('hex');
}
