// The shape of a Transformer: everything that decides its parameters and arithmetic.
import * as z from 'zod';

export const modelConfig = z.strictObject({
  /** Entries of the tokenizer (rows of the embedding and of the head). */
  vocabSize: z.int().min(2),
  /** Width D of the residual stream. */
  dim: z.int().positive(),
  layers: z.int().positive(),
  /** Attention heads; dim / heads must be an even integer (rotary pairs). */
  heads: z.int().positive(),
  /** Hidden width of the SwiGLU MLP. */
  ffnDim: z.int().positive(),
  /** Sequence length T in tokens. */
  seqLen: z.int().min(2),
  /** Base of the rotary frequencies. plainLM: 500000. */
  ropeTheta: z.number().positive(),
  /** Epsilon of RMSNorm. plainLM: 1e-6. */
  normEps: z.number().positive(),
  /** Standard deviation of the initial weights; residual outputs get initStd / sqrt(2 layers). */
  initStd: z.number().positive(),
});

export type ModelConfig = z.infer<typeof modelConfig>;
