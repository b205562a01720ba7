// A mixture of experts (arXiv 1701.06538, 2101.03961): several SwiGLU MLPs, of which a router
// weighs `topK` for each token. The shapes of the graph are fixed, so every expert computes every token,
// and those outside the top k get weight zero: the arithmetic of a model whose MLPs are all used.
// Side by side the experts are one wide MLP, three products in all.
import { softmax } from '../../graph/ops/attention.ts';
import { mul, scale } from '../../graph/ops/elementwise.ts';
import { sum, sumAll } from '../../graph/ops/reduce.ts';
import { reshape, transpose } from '../../graph/ops/shape.ts';
import { swiglu } from '../../graph/ops/swiglu.ts';
import { topMask } from '../../graph/ops/top.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { ModelConfig } from '../config.ts';
import { linear, type Mlp, residualStd } from './layer.ts';

/** What `checkModel` asks a mixture of experts for. */
type MoeConfig = Required<Pick<ModelConfig, 'experts' | 'topK'>> & ModelConfig;

export const moeMlp: Mlp = {
  parameters(config, { name, stored }) {
    const { experts, dim: d, ffnDim: f, initStd: std } = config as MoeConfig;
    const part = (which: string, shape: number[], std: number) => ({
      name: `${name}${which}`,
      kind: 'mlp' as const,
      shape,
      std,
      stored: Array.from({ length: experts }, (_, e) => `${stored}experts.${e}.${which}_proj.weight`),
    });
    return [
      { name: `${name}router`, kind: 'mlp', shape: [experts, d], std, stored: [`${stored}router.weight`] },
      part('gate', [experts * f, d], std),
      part('up', [experts * f, d], std),
      { ...part('down', [experts, d, f], residualStd(config)), storedShape: [d, f] },
    ];
  },
  open(take, config) {
    const { experts, topK, dim, ffnDim, balance } = config as MoeConfig;
    const [router, gate, up, down] = [take(), take(), take(), take()];
    return (x, residual) => {
      const [n] = x.shape;
      const scores = linear(x, router);
      const shares = softmax(scores);
      const chosen = topMask(scores, topK);
      // Not normalised over the chosen: with one of them the router would get no gradient.
      const weights = reshape(mul(shares, chosen), [n, experts, 1]);
      const hidden = reshape(swiglu(linear(x, gate), linear(x, up)), [n, experts, ffnDim]);
      const weighed = reshape(mul(hidden, weights), [n, experts * ffnDim]);
      const outputs = reshape(transpose(down, [1, 0, 2]), [dim, experts * ffnDim]);
      return {
        out: linear(weighed, outputs, residual),
        ...(balance === undefined
          ? {}
          : { penalty: scale(imbalance(shares, chosen, config as MoeConfig), balance) }),
      };
    };
  },
};

/**
 * experts * sum over experts of (share of the choices) (mean share of the router),
 * arXiv 2101.03961, equation 4, for several choices: 1 when all are used alike. Choices have no gradient.
 * Both are taken in each sequence by itself, and the mean over sequences is the result
 * (arXiv 2412.19437, equation 17): taken over a batch, it would change with the pieces the batch is cut into.
 */
function imbalance(shares: Tensor, chosen: Tensor, { seqLen, topK, experts }: MoeConfig): Tensor {
  const batch = shares.shape[0] / seqLen;
  // Time is outermost: sums over it leave [1, batch, experts].
  const perSequence = (x: Tensor) => sum(reshape(x, [seqLen, batch, experts]), [0]);
  return scale(sumAll(mul(perSequence(chosen), perSequence(shares))), experts / (topK * seqLen ** 2 * batch));
}
