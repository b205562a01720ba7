// The gated MLP of Llama (arXiv 2002.05202): down (silu(gate x) * up x), without biases.
// Gate and up stay apart: they are large enough, and cutting and joining their results would cost more.
import { swiglu } from '../../graph/ops/swiglu.ts';
import { linear, type Mlp, residualStd } from './layer.ts';

export const swigluMlp: Mlp = {
  parameters(config, { name, stored }) {
    const { dim: d, ffnDim: f, initStd: std } = config;
    const matrix = (part: string, shape: number[], std: number) => ({
      name: `${name}${part}`,
      kind: 'mlp' as const,
      shape,
      std,
      stored: [`${stored}${part}_proj.weight`],
    });
    return [
      matrix('gate', [f, d], std),
      matrix('up', [f, d], std),
      matrix('down', [d, f], residualStd(config)),
    ];
  },
  open(take) {
    const [gate, up, down] = [take(), take(), take()];
    return (x, residual) => ({ out: linear(swiglu(linear(x, gate), linear(x, up)), down, residual) });
  },
};
