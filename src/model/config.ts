// The shape of a Transformer: everything that decides its parameters and arithmetic.
import * as z from 'zod';

export const modelConfig = z.strictObject({
  vocabSize: z.int().min(2).describe('Entries of the tokenizer: rows of the embedding and of the head.'),
  dim: z.int().positive().describe('Width of the residual stream.'),
  layers: z.int().positive().describe('Transformer blocks.'),
  heads: z
    .int()
    .positive()
    .describe('Attention heads. dim / heads must be an integer, for rotary positions an even one.'),
  ffnDim: z
    .int()
    .positive()
    .describe('Hidden width of the MLP, of a mixture of experts that of each expert.'),
  seqLen: z.int().min(2).describe('Sequence length in tokens.'),
  ropeTheta: z.number().positive().describe('Base of the rotary frequencies (plainLM: 500000).'),
  normEps: z.number().positive().describe('Epsilon of the norms (plainLM: 1e-6).'),
  initStd: z
    .number()
    .positive()
    .describe(
      'Standard deviation of the initial weights; outputs to the residual stream get initStd / sqrt(2 layers).',
    ),
  // Words for what is built differently (layers/registry.ts, docs/models.md). The first of each is what
  // a config means that leaves it out, and `checkModel` leaves it out: equal models are equal configs.
  norm: z.enum(['rmsnorm', 'layernorm']).optional().describe('Kind of the norms. Default: rmsnorm.'),
  normPlace: z
    .enum(['pre', 'post'])
    .optional()
    .describe(
      'pre: norms stand before each layer and before the head. post: after the residual sum, and none before the head (arXiv 1706.03762). Default: pre.',
    ),
  mlp: z
    .enum(['swiglu', 'gelu', 'moe'])
    .optional()
    .describe('Kind of the MLP; moe is a mixture of experts. Default: swiglu.'),
  positions: z.enum(['rotary', 'learned']).optional().describe('How positions are told. Default: rotary.'),
  embeddings: z
    .enum(['untied', 'tied'])
    .optional()
    .describe('tied: the embedding is the head, too (arXiv 1608.05859). Default: untied.'),
  experts: z.int().min(2).optional().describe('With mlp: moe, how many experts there are.'),
  topK: z.int().positive().optional().describe('With mlp: moe, how many experts each token is given to.'),
  balance: z
    .number()
    .positive()
    .optional()
    .describe(
      'With mlp: moe, coefficient of the load-balancing loss (arXiv 2101.03961: 0.01). Default: there is none.',
    ),
  objective: z
    .enum(['mlm', 'classify'])
    .optional()
    .describe(
      'What is predicted: mlm, masked tokens; classify, the class of an image. Default: the next token.',
    ),
  maskRate: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('With objective: mlm, share of the tokens that are masked. Default: 0.15, as in BERT.'),
  patch: z
    .int()
    .positive()
    .optional()
    .describe(
      'With objective: classify, side of a patch in pixels. seqLen counts the patches of an image, vocabSize the classes.',
    ),
});

export type ModelConfig = z.infer<typeof modelConfig>;
