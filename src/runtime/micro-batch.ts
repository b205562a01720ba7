// How many sequences the graph takes at once.
import type { ModelConfig } from '../model/config.ts';
import { predictionsOf } from '../model/objectives/registry.ts';

/**
 * Elements of the largest tensor, usually the logits, in one piece: 4 MiB of float32,
 * about what a core's cache holds. Measured on nano: 512 tokens a piece are the fastest,
 * half or four times as many cost 5 to 15%.
 */
const ELEMENTS = 2 ** 20;

/** Elements of the largest tensor that one example makes. */
function largest(model: ModelConfig): number {
  const { seqLen, vocabSize, dim, ffnDim, heads, objective } = model;
  const logits = predictionsOf(model) * vocabSize;
  // A language model predicts at every position: its logits are the largest.
  return objective ? Math.max(logits, seqLen * Math.max(3 * dim, ffnDim, heads * seqLen)) : logits;
}

/** Sequences per micro-batch: memory then does not grow with batch size. */
export const defaultMicroBatch = (model: ModelConfig, batchSize: number): number =>
  Math.max(1, Math.min(batchSize, Math.floor(ELEMENTS / largest(model))));

/**
 * Sequences at once that our kernels (targets/x64/nodes) are fastest with, however large the micro-batch.
 * Narrow models spend so little time on their logits that those should stay in a core's second cache.
 * Wide models gain more from writing the gradients of weights less often. Measured:
 * tiny 8 to 16 sequences, nano 2 to 4 (7% faster than 8), nano of twice the width 8, 1m 4 to 8.
 */
export const kernelPiece = (model: ModelConfig): number =>
  Math.max(1, Math.floor(Math.max(2 ** 17, 64 * model.dim ** 2) / largest(model)));
