// The shape of a Transformer: everything that decides its parameters and arithmetic.
import * as z from 'zod';

export const modelConfig = z.strictObject({
  /** Entries of the tokenizer (rows of the embedding and of the head). */
  vocabSize: z.int().min(2),
  /** Width D of the residual stream. */
  dim: z.int().positive(),
  layers: z.int().positive(),
  /** Attention heads; dim / heads must be an integer, for rotary positions an even one (pairs). */
  heads: z.int().positive(),
  /** Hidden width of the MLP, of a mixture of experts that of each expert. */
  ffnDim: z.int().positive(),
  /** Sequence length T in tokens. */
  seqLen: z.int().min(2),
  /** Base of the rotary frequencies. plainLM: 500000. */
  ropeTheta: z.number().positive(),
  /** Epsilon of the norms. plainLM: 1e-6. */
  normEps: z.number().positive(),
  /** Standard deviation of the initial weights; residual outputs get initStd / sqrt(2 layers). */
  initStd: z.number().positive(),
  // Words for what is built differently (layers/registry.ts, docs/models.md). The first of each is what a config means that
  // leaves it out, and `checkModel` leaves it out: equal models are equal configs.
  norm: z.enum(['rmsnorm', 'layernorm']).optional(),
  /** post: after the residual sum (arXiv 1706.03762) in place of before the layer, and none before the head. */
  normPlace: z.enum(['pre', 'post']).optional(),
  mlp: z.enum(['swiglu', 'gelu', 'moe']).optional(),
  positions: z.enum(['rotary', 'learned']).optional(),
  /** tied: the embedding is the head, too (arXiv 1608.05859). */
  embeddings: z.enum(['untied', 'tied']).optional(),
  /** Of `mlp: moe`: how many there are, ... */
  experts: z.int().min(2).optional(),
  /** ... how many of them each token is given to, ... */
  topK: z.int().positive().optional(),
  /** ... and the coefficient of the load-balancing loss, without which there is none (arXiv 2101.03961: 0.01). */
  balance: z.number().positive().optional(),
  /** What is predicted (objectives/): absent, the next token; `mlm`, masked tokens; `classify`, the class of an image. */
  objective: z.enum(['mlm', 'classify']).optional(),
  /** Objective mlm: share of the tokens that are masked. Absent: 0.15, BERT's. */
  maskRate: z.number().gt(0).max(1).optional(),
  /** Objective classify: side of a patch in pixels. seqLen counts the patches of an image, vocabSize the classes. */
  patch: z.int().positive().optional(),
});

export type ModelConfig = z.infer<typeof modelConfig>;
