// Validation loss, in nats per token and in bits per byte (which does not depend on the tokenizer).
import type { PreparedData, TokenShard } from '../data/index.ts';
import { evaluationWindows } from '../data/sampler.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunConfig } from './config.ts';

export interface Evaluation {
  /** Nats per token. */
  loss: number;
  bitsPerByte: number;
  tokens: number;
}

/** Sequences read from the shard at once. */
const CHUNK = 64;

/**
 * The sequences that validation is measured on, in order: the windows that `eval.tokens` pays for, spread evenly over
 * the validation shard. Throws UserError when it is shorter than one window.
 */
export function* validationChunks(
  config: Pick<RunConfig, 'model' | 'eval'>,
  validation: TokenShard,
): Generator<{ sequences: Int32Array; count: number }> {
  const { seqLen } = config.model;
  const starts = evaluationWindows(validation.length, seqLen, config.eval.tokens);
  for (let from = 0; from < starts.length; from += CHUNK) {
    const part = starts.slice(from, from + CHUNK);
    const sequences = new Int32Array(part.length * (seqLen + 1));
    part.forEach((start, i) =>
      validation.read(start, sequences.subarray(i * (seqLen + 1), (i + 1) * (seqLen + 1))),
    );
    yield { sequences, count: part.length };
  }
}

/** Mean loss over `validationChunks`. */
export async function evaluate(
  engine: Engine,
  config: Pick<RunConfig, 'model' | 'eval'>,
  data: Pick<PreparedData, 'validation' | 'bytesPerToken'>,
): Promise<Evaluation> {
  let sum = 0;
  let windows = 0;
  for (const { sequences, count } of validationChunks(config, data.validation)) {
    sum += count * (await engine.loss(sequences, count));
    windows += count;
  }
  const loss = sum / windows;
  return { loss, bitsPerByte: loss / Math.LN2 / data.bytesPerToken, tokens: windows * config.model.seqLen };
}
