// LayerNorm (arXiv 1607.06450): rows centred and scaled, with a learned scale and a learned bias.
import { layerNorm as apply } from '../../graph/ops/norm.ts';
import type { Norm } from './layer.ts';
import { rmsNorm } from './rms-norm.ts';

export const layerNorm: Norm = {
  parameters(config, { name, stored }) {
    const [scale] = rmsNorm.parameters(config, { name, stored });
    return [scale, { ...scale, name: `${name}Bias`, mean: 0, stored: [`${stored}.bias`] }];
  },
  open(take, { normEps }) {
    const [weight, bias] = [take(), take()];
    return (x) => apply(x, weight, bias, normEps);
  },
};
