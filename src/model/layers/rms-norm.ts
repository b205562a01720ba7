// RMSNorm (arXiv 1910.07467): a learned scale, nothing is centred.
import { rmsNorm as apply } from '../../graph/ops/norm.ts';
import type { Norm } from './layer.ts';

export const rmsNorm: Norm = {
  parameters: ({ dim }, { name, stored }) => [
    {
      name,
      kind: 'norm',
      shape: [1, dim],
      std: 0,
      mean: 1,
      stored: [`${stored}.weight`],
      storedShape: [dim],
    },
  ],
  open(take, { normEps }) {
    const weight = take();
    return (x) => apply(x, weight, normEps);
  },
};
