// For tests: models of every word, one at a time and as many as go together.
import type { ModelConfig } from './config.ts';

export const variants = {
  layernorm: { norm: 'layernorm' },
  gelu: { mlp: 'gelu' },
  learned: { positions: 'learned' },
  tied: { embeddings: 'tied' },
  post: { normPlace: 'post' },
  moe: { mlp: 'moe', experts: 4, topK: 2, balance: 0.01 },
  together: {
    norm: 'layernorm',
    mlp: 'gelu',
    positions: 'learned',
    embeddings: 'tied',
    normPlace: 'post',
  },
} satisfies Record<string, Partial<ModelConfig>>;
