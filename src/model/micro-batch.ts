// How many sequences the graph takes at once.
import type { ModelConfig } from './config.ts';

/**
 * Elements of the largest tensor, the logits, in one piece: 4 MiB of float32, about what a core's cache holds.
 * Measured on nano: 512 tokens a piece are the fastest, half or four times as many cost 5 to 15%.
 */
const LOGITS = 2 ** 20;

/** Sequences per micro-batch: memory then does not grow with batch size. */
export const defaultMicroBatch = ({ seqLen, vocabSize }: ModelConfig, batchSize: number): number =>
  Math.max(1, Math.min(batchSize, Math.floor(LOGITS / (seqLen * vocabSize))));
