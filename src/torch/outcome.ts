// What became of a run in PyTorch, in the words of a result.
import type { PreparedData } from '../data/index.ts';
import type { RunConfig } from '../train/config.ts';
import { evaluationOf } from '../train/evaluate.ts';
import { hashOf, type RunOutcome } from '../train/outcome.ts';
import { round } from '../train/recorder.ts';

/** What the process says at its end. */
export interface End {
  status: RunOutcome['status'];
  reason?: string;
  step: number;
  tokens: number;
  trainLoss: number | null;
  /** Of the model at the end, also where it is lost; null without an evaluation. */
  valLoss: number | null;
  valAccuracy?: number;
  seconds: number;
  device: string;
}

/** `params` are those of the last checkpoint. */
export function outcomeOf(
  config: RunConfig,
  data: PreparedData,
  end: End,
  { params, threads }: { params: Float32Array; threads: number },
): RunOutcome {
  const { status, reason, step, tokens, trainLoss, valLoss, valAccuracy, seconds, device } = end;
  const validation = valLoss === null ? undefined : evaluationOf(valLoss, config, data);
  const isDone = status === 'done';
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...{ step, steps: config.steps, tokens, trainLoss },
    valLoss: isDone ? valLoss : null,
    valBitsPerByte: (isDone && validation?.bitsPerByte) || null,
    ...(valAccuracy === undefined ? {} : { valAccuracy }),
    valTokens: validation?.tokens ?? 0,
    paramsSha256: hashOf(params),
    seconds: round(seconds),
    tokensPerSecond: Math.round(tokens / Math.max(seconds, 1e-9)),
    ...{ threads, engine: 'torch', dtype: config.dtype ?? 'float32', device },
  };
}
