// What the playground trains: one small model on a few addresses, the batch sizes and optimizers to choose
// from. The page and the study that measured its learning rates (scripts/playground.ts) both read it here.
import { modelPreset } from '../../../src/model/presets.ts';

/**
 * State of the Union addresses of these years, the last one included: plain English of one time, half a
 * megabyte.
 */
export const years = { from: 1947, to: 1964 } as const;

/** Entries of the tokenizer: with more of them the model is mostly an embedding. */
const vocabSize = 512;

/**
 * Two layers: with one, SGD learns at large batches what Adam learns, and there is hardly a gap (measured).
 */
export const model = modelPreset('tiny', { layers: 2, vocabSize });

/**
 * Stops of the slider, in sequences. At 2 the two are level after `equal.tokens`; at 1 SGD is ahead
 * (measured).
 */
export const batchSizes = [2, 8, 32, 128] as const;

/** What a race gives both: as many tokens at every batch size, or as many steps. */
export const equal = { tokens: 200_000, steps: 200 } as const;
export type Equal = keyof typeof equal;

export const schedule = { name: 'cosine', warmup: 0.1, final: 0.01 } as const;
export const clip = 1;
/** Validation tokens at the end of a race: half a second in a page. */
export const evalTokens = 8192;

export interface Arm {
  title: string;
  hyper: Record<string, number>;
  /** Where the study begins to look for the best rate, at the smallest batch size. */
  lr: { guess: number; carry: number };
}

/** Optimizers by their names in gaplab. Equal betas as in the paper. */
export const arms: Record<string, Arm> = {
  adam: { title: 'Adam', hyper: { beta1: 0.95, beta2: 0.95 }, lr: { guess: 0.004, carry: 0.25 } },
  sgd: { title: 'SGD with momentum', hyper: { momentum: 0.95 }, lr: { guess: 0.125, carry: 0.5 } },
  signum: { title: 'Signum', hyper: { momentum: 0.95 }, lr: { guess: 0.0005, carry: 0.25 } },
  rmsprop: { title: 'RMSProp', hyper: { beta2: 0.95 }, lr: { guess: 0.002, carry: 0.25 } },
};

export const stepsOf = (given: Equal, batchSize: number): number =>
  given === 'steps' ? equal.steps : Math.floor(equal.tokens / model.seqLen / batchSize);

export const tokensOf = (given: Equal, batchSize: number): number =>
  stepsOf(given, batchSize) * batchSize * model.seqLen;
