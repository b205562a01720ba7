// Learned positions (arXiv 1706.03762, table 3 row E; GPT-2, BERT): a vector for each,
// added to the embedded tokens.
import { add } from '../../graph/ops/elementwise.ts';
import { reshape } from '../../graph/ops/shape.ts';
import type { Positions } from './layer.ts';

export const learnedPositions: Positions = {
  parameters: ({ seqLen, dim, initStd }) => [
    {
      name: 'positions',
      kind: 'embedding',
      shape: [seqLen, dim],
      std: initStd,
      stored: ['model.embed_positions.weight'],
    },
  ],
  open(take, { seqLen, dim }) {
    const table = take();
    return {
      place(x) {
        const byTime = reshape(x, [seqLen, x.shape[0] / seqLen, dim]);
        return reshape(add(byTime, reshape(table, [seqLen, 1, dim])), x.shape);
      },
      turn: (x) => x,
    };
  },
};
