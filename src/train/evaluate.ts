// Validation loss, in nats per token and in bits per byte (which does not depend on the tokenizer).
import { UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
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

/** Loss over the first `eval.tokens` tokens of the validation shard, in consecutive windows of seqLen tokens. */
export async function evaluate(
  engine: Engine,
  config: Pick<RunConfig, 'model' | 'eval'>,
  data: Pick<PreparedData, 'validation' | 'bytesPerToken'>,
): Promise<Evaluation> {
  const { seqLen } = config.model;
  // A window predicts seqLen tokens and needs one more to begin with.
  const windows = Math.floor(Math.min(config.eval.tokens, data.validation.length - 1) / seqLen);
  if (windows < 1)
    throw new UserError(
      `validation needs at least ${seqLen + 1} tokens (one sequence), there are ${Math.min(config.eval.tokens, data.validation.length)}; use more text, more eval tokens or a shorter sequence`,
    );
  const chunk = new Int32Array(Math.min(CHUNK, windows) * (seqLen + 1));
  let sum = 0;
  for (let from = 0; from < windows; from += CHUNK) {
    const count = Math.min(CHUNK, windows - from);
    for (let i = 0; i < count; i++)
      data.validation.read((from + i) * seqLen, chunk.subarray(i * (seqLen + 1), (i + 1) * (seqLen + 1)));
    sum += count * (await engine.loss(chunk, count));
  }
  const loss = sum / windows;
  return { loss, bitsPerByte: loss / Math.LN2 / data.bytesPerToken, tokens: windows * seqLen };
}
