// The MLP of GPT-2 and BERT without its biases: down gelu(up x), two matrices where SwiGLU has three.
import { gelu } from '../../graph/ops/gelu.ts';
import { linear, type Mlp } from './layer.ts';
import { swigluMlp } from './swiglu-mlp.ts';

export const geluMlp: Mlp = {
  parameters: (config, place) => swigluMlp.parameters(config, place).slice(1),
  open(take) {
    const [up, down] = [take(), take()];
    return (x, residual) => ({ out: linear(gelu(linear(x, up)), down, residual) });
  },
};
