// Validation loss, in nats per prediction and in bits per byte (which does not depend on the tokenizer).

import { evaluationExamples, examplesOf, readExamples } from '../data/examples.ts';
import type { ExampleData, TokenShard } from '../data/index.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunConfig } from './config.ts';

export interface Evaluation {
  /** Nats per token (per masked token, per image). */
  loss: number;
  /**
   * Null where the loss is not that of a text: a masked token is told from what comes after it,
   * an image is no text.
   */
  bitsPerByte: number | null;
  tokens: number;
}

/**
 * What validation needs of prepared data. `bytesIn`: UTF-8 bytes of the text that tokens stand for,
 * where that is known.
 */
export type ValidationData = ExampleData & {
  validation: TokenShard;
  bytesIn?(ids: ArrayLike<number>): number;
};

/** Sequences read from the shard at once. */
const CHUNK = 64;

/**
 * The sequences that validation is measured on, in order: those that `eval.tokens` pays for,
 * spread evenly over the validation split, the same ones (and the same masks) in every run.
 * Throws UserError when there is none.
 */
export function* validationChunks(
  { model, eval: { tokens } }: Pick<RunConfig, 'model' | 'eval'>,
  data: ValidationData,
): Generator<{ sequences: Int32Array; count: number }> {
  const examples = examplesOf(model, data.validation, data);
  const which = evaluationExamples(examples, model.seqLen, tokens);
  for (let from = 0; from < which.length; from += CHUNK) {
    const part = which.slice(from, from + CHUNK);
    yield { sequences: readExamples(examples, part), count: part.length };
  }
}

/** Bytes of the text that a chunk's predictions stand for; 0 where the loss is not that of a text. */
const bytesOf = (
  { sequences, count }: { sequences: Int32Array; count: number },
  { seqLen, objective }: RunConfig['model'],
  { bytesIn }: ValidationData,
): number => {
  let bytes = 0;
  // The first token of a window is not predicted in it.
  if (bytesIn && !objective)
    for (let i = 0; i < count; i++)
      bytes += bytesIn(sequences.subarray(i * (seqLen + 1) + 1, (i + 1) * (seqLen + 1)));
  return bytes;
};

/** What a mean loss over all of `validationChunks` is as an evaluation. */
export function evaluationOf(
  loss: number,
  config: Pick<RunConfig, 'model' | 'eval'>,
  data: ValidationData,
): Evaluation {
  let [windows, bytes] = [0, 0];
  for (const chunk of validationChunks(config, data)) {
    windows += chunk.count;
    bytes += bytesOf(chunk, config.model, data);
  }
  return inBytes(loss, windows * config.model.seqLen, bytes);
}

const inBytes = (loss: number, tokens: number, bytes: number): Evaluation => ({
  loss,
  bitsPerByte: bytes > 0 ? (loss * tokens) / Math.LN2 / bytes : null,
  tokens,
});

/**
 * Mean loss over `validationChunks`; bits per byte are over the bytes of the very
 * tokens that the loss is the mean of.
 */
export async function evaluate(
  engine: Engine,
  config: Pick<RunConfig, 'model' | 'eval'>,
  data: ValidationData,
): Promise<Evaluation> {
  let [sum, windows, bytes] = [0, 0, 0];
  for (const chunk of validationChunks(config, data)) {
    const { sequences, count } = chunk;
    sum += count * (await engine.loss(sequences, count));
    windows += count;
    bytes += bytesOf(chunk, config.model, data);
  }
  return inBytes(sum / windows, windows * config.model.seqLen, bytes);
}
