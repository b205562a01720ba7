// A language model writes: token after token, each drawn from what the model predicts after those before it.
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { ModelConfig } from '../model/config.ts';
import { createInputs } from '../model/objectives/registry.ts';
import { parameters } from '../model/parameters.ts';
import { transformer } from '../model/transformer.ts';
import { type Backend, openGraph } from '../runtime/backend.ts';

export interface Writer {
  /**
   * `length` ids after those of `prompt`, which must not be empty. `temperature` below
   * 1 prefers likely tokens; 0 takes the likeliest. The same parameters, prompt and stream give the same ids.
   */
  write(
    prompt: ArrayLike<number>,
    length: number,
    options: { temperature: number; rng: Rng },
  ): Promise<Int32Array>;
  close(): Promise<void>;
}

/**
 * Writes with the parameters as they stand in `params` at each call. Throws UserError
 * for other kinds of models.
 */
export async function openWriter(
  model: ModelConfig,
  params: Float32Array,
  { backend, threads }: { backend: Backend; threads: number },
): Promise<Writer> {
  if (model.objective)
    throw new UserError(`a model that is trained with objective ${model.objective} writes no text`);
  const { seqLen, vocabSize } = model;
  const session = await openGraph(backend, { logits: transformer(model, 1).logits }, threads);
  const examples = createInputs(model, 1);
  const logits = new Float32Array(seqLen * vocabSize);
  const weights = parameters(model).map(({ name, offset, size, shape }) => [
    name,
    { data: params.subarray(offset, offset + size), shape },
  ]);
  const run = session.bind(
    { ids: examples.inputs.ids, ...Object.fromEntries(weights) },
    { logits: { data: logits, shape: [seqLen, vocabSize] } },
  );
  const row = new Int32Array(seqLen + 1);
  return {
    async write(prompt, length, { temperature, rng }) {
      if (prompt.length === 0) throw new RangeError('a text begins with at least one token');
      const ids = Array.from(prompt);
      for (let i = 0; i < length; i++) {
        // What stands after the last token is not seen by it, and what is too long ago does not fit.
        const seen = ids.slice(-seqLen);
        row.fill(0).set(seen);
        examples.fill(row, 0);
        await run();
        const last = seen.length - 1;
        ids.push(draw(logits.subarray(last * vocabSize, (last + 1) * vocabSize), temperature, rng));
      }
      return Int32Array.from(ids.slice(prompt.length));
    },
    close: session.close,
  };
}

/** An index, drawn with probabilities softmax(logits / temperature). */
function draw(logits: Float32Array, temperature: number, rng: Rng): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (temperature === 0) return logits.indexOf(largest);
  const weights = Array.from(logits, (x) => Math.exp((x - largest) / temperature));
  let rest = rng.uniform() * weights.reduce((a, b) => a + b, 0);
  const at = weights.findIndex((weight) => (rest -= weight) < 0);
  return at < 0 ? weights.length - 1 : at;
}
