// What a split of prepared data is cut into for a model: rows of integers, as its objective writes them
// (model/objectives). Samplers, evaluation and probes read these and know nothing of text or images.
import { UserError } from '../core/errors.ts';
import { createRng, type Rng } from '../core/rng.ts';
import type { ModelConfig } from '../model/config.ts';
import { maskTokens } from '../model/objectives/masked.ts';
import { entriesFor, exampleWidth } from '../model/objectives/registry.ts';
import type { TokenShard } from './shards.ts';

export interface Examples {
  readonly count: number;
  /** Integers of an example. */
  readonly width: number;
  /** Writes example i; `draw` gives the random numbers, if anything of it is drawn. */
  read(i: number, draw: () => Rng, out: Int32Array): void;
}

/** Square grey images, one after the other in a shard: pixels row by row, then the class. */
export interface ImageSet {
  /** Pixels to a side. */
  side: number;
}

/** What examples need to know of prepared data. */
export interface ExampleData {
  corpus: string;
  /** Entries of the tokenizer, or classes of the images. */
  vocabSize: number;
  /** Of a corpus of images; absent for text. */
  images?: ImageSet;
}

/** The examples of a split. Throws UserError where model and data do not fit, or the split holds none. */
export function examplesOf(model: ModelConfig, shard: TokenShard, data: ExampleData): Examples {
  checkData(model, data);
  if (data.images) return imageExamples(model, shard, data.images);
  const windows = tokenWindows(shard, model.seqLen);
  if (model.objective !== 'mlm') return windows;
  const ids = new Int32Array(windows.width);
  return {
    count: windows.count,
    width: exampleWidth(model),
    read(i, draw, out) {
      windows.read(i, draw, ids);
      out.set(ids.subarray(0, model.seqLen));
      maskTokens(model, data.vocabSize, draw(), out);
    },
  };
}

/**
 * Windows [i T, i T + T] of a shard of tokens: T + 1 ids, the last one being the first of the next window.
 * Throws UserError when the shard is shorter than one window.
 */
export function tokenWindows(shard: TokenShard, seqLen: number): Examples {
  const count = Math.floor((shard.length - 1) / seqLen);
  if (count < 1)
    throw new UserError(
      `sequences of ${seqLen} tokens need ${seqLen + 1}, but this split of the corpus has ${shard.length}: use a shorter seqLen or more text`,
    );
  return { count, width: seqLen + 1, read: (i, _, out) => shard.read(i * seqLen, out) };
}

function imageExamples(model: ModelConfig, shard: TokenShard, { side }: ImageSet): Examples {
  const record = new Int32Array(side * side + 1);
  const patch = model.patch!;
  const across = side / patch;
  return {
    count: Math.floor(shard.length / record.length),
    width: exampleWidth(model),
    read(i, _, out) {
      shard.read(i * record.length, record);
      let at = 0;
      for (let p = 0; p < model.seqLen; p++)
        for (let y = 0; y < patch; y++) {
          const from = (Math.floor(p / across) * patch + y) * side + (p % across) * patch;
          for (let x = 0; x < patch; x++) out[at++] = record[from + x];
        }
      out[at] = record[side * side];
    },
  };
}

/**
 * Throws UserError, one line that says what to change, when a model of this kind
 * cannot be trained on this data.
 */
export function checkData(model: ModelConfig, { corpus, vocabSize, images }: ExampleData): void {
  const { objective, seqLen, patch } = model;
  if (images && objective !== 'classify')
    throw new UserError(
      `corpus ${corpus} holds images: use a model with objective classify, e.g. nano-vision`,
    );
  if (!images && objective === 'classify')
    throw new UserError(`objective classify needs images, corpus ${corpus} is text: use corpus mnist`);
  if (images) {
    const { side } = images;
    if (side % patch! !== 0) {
      const sides = Array.from({ length: side }, (_, i) => i + 1).filter((n) => side % n === 0);
      throw new UserError(
        `images of ${side} x ${side} pixels cannot be cut into patches of ${patch} x ${patch}; patch may be ${sides.join(', ')}`,
      );
    }
    const patches = (side / patch!) ** 2;
    if (seqLen !== patches)
      throw new UserError(
        `images of ${side} x ${side} pixels make ${patches} patches of ${patch} x ${patch}: set seqLen to ${patches}, not ${seqLen}`,
      );
  }
  const needed = entriesFor(model, vocabSize);
  if (needed <= model.vocabSize) return;
  const what = images
    ? `the images have ${vocabSize} classes`
    : `the tokenizer has ${vocabSize} entries${needed > vocabSize ? ' and the mask needs one' : ''}`;
  throw new UserError(`${what}, the model only ${model.vocabSize}; raise vocabSize`);
}

/**
 * The examples to evaluate on: as many as `tokens` pay for (at least one, at most all),
 * spread evenly over the split, so that a part of it speaks for all of it and not for its first documents.
 */
export function evaluationExamples(
  { count }: Pick<Examples, 'count'>,
  seqLen: number,
  tokens: number,
): number[] {
  const n = Math.min(count, Math.max(1, Math.floor(tokens / seqLen)));
  return Array.from({ length: n }, (_, i) => Math.floor((i * count) / n));
}

/**
 * Those of the examples, row by row. What is drawn of one is drawn from its place alone:
 * the same in every run.
 */
export function readExamples(examples: Examples, which: readonly number[]): Int32Array {
  const { width } = examples;
  const rows = new Int32Array(which.length * width);
  which.forEach((i, row) =>
    examples.read(
      i,
      () => createRng(0, `data/mask/validation/${i}`),
      rows.subarray(row * width, (row + 1) * width),
    ),
  );
  return rows;
}
