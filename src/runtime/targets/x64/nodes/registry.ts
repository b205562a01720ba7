// Nodes of a graph that have a kernel of their own, by the name of their operation.
import type { VectorSet } from '../../../../assembly/x64/vectors.ts';
import type { MatmulAttrs } from '../../../../graph/ops/matmul.ts';
import type { SelfAttentionAttrs } from '../../../../graph/passes/fused/self-attention.ts';
import { type Node, sizeOf, type Tensor } from '../../../../graph/tensor.ts';
import { crossEntropy } from './cross-entropy.ts';
import { type Heads, suitsHeads } from './heads.ts';
import { FLOAT, type Kernel } from './kernel.ts';
import { gather, scatterRows } from './lookup.ts';
import { product } from './product.ts';
import { type NormShape, rmsNorm, rmsNormGrad, suitsNorm } from './rms-norm.ts';
import { selfAttention } from './self-attention.ts';
import { selfAttentionGrad } from './self-attention-grad.ts';
import { swiglu, swigluGrad } from './swiglu.ts';

/** The kernel for a node of these shapes; undefined where there is none that would be faster. */
type Make = (node: Node, threads: number, set: VectorSet) => Kernel | undefined;

const makers: Record<string, Make> = {
  crossEntropy: ({ inputs: [{ shape }] }, threads) => crossEntropy(shape[0], shape[1], threads),
  gather: ({ inputs: [table, ids] }, threads) => gather(lookupOf(table, ids), threads),
  matmul({ inputs, attrs }, threads, set) {
    const [a, b] = inputs;
    const { transA, transB, alpha, beta } = attrs as MatmulAttrs;
    if (a.shape.length !== 2) return undefined;
    const [m, k] = transA ? [a.shape[1], a.shape[0]] : a.shape;
    const n = transB ? b.shape[0] : b.shape[1];
    return product({ m, n, k, transA, transB, alpha, ...(inputs.length > 2 ? { beta } : {}) }, threads, set);
  },
  rmsNormOnce: (node, threads) => ifNormSuits(normOf(node), (norm) => rmsNorm(norm, threads)),
  rmsNormGrad: (node, threads) =>
    ifNormSuits(normOf(node), (norm) => rmsNormGrad(norm, node.inputs.length > 4, threads)),
  scatterRows: ({ inputs: [, ids, base], outputs: [table] }) => scatterRows(lookupOf(table, ids), !!base),
  selfAttention: (node, threads, set) =>
    ifHeadsSuit(node, set, (heads) => selfAttention(heads, threads, set)),
  selfAttentionGrad: (node, threads, set) =>
    ifHeadsSuit(node, set, (heads) => selfAttentionGrad(heads, threads, set)),
  swigluOnly: ({ inputs: [gate] }, threads) => swiglu(sizeOf(gate.shape), threads),
  swigluGrad: ({ inputs: [gate] }, threads) => swigluGrad(sizeOf(gate.shape), threads),
};

const lookupOf = ({ shape: [rows, width] }: Tensor, ids: Tensor) => ({ rows, width, ids: ids.shape[0] });

const ifNormSuits = (norm: NormShape, make: (norm: NormShape) => Kernel) =>
  suitsNorm(norm) ? make(norm) : undefined;

function ifHeadsSuit(node: Node, set: VectorSet, make: (heads: Heads) => Kernel): Kernel | undefined {
  const heads = headsOf(node);
  return suitsHeads(heads, set) ? make(heads) : undefined;
}

const normOf = ({ inputs: [x], attrs }: Node): NormShape => {
  const [rows, width] = x.shape;
  return { rows, width, eps: (attrs as { eps: number }).eps };
};

function headsOf({ inputs: [qkv], attrs }: Node): Heads {
  const { length, heads, ...rest } = attrs as SelfAttentionAttrs;
  const [rows, columns] = qkv.shape;
  return { length, heads, ...rest, sequences: rows / length, width: columns / 3 / heads };
}

/** Equal for nodes that one kernel serves. */
export const keyOf = ({ op, inputs, attrs }: Node, threads: number): string =>
  JSON.stringify([threads, op.name, inputs.map((t) => t.shape), attrs]);

/** Bytes that a kernel finds its way in: places are told in 31 bits. */
const MOST = 2 ** 31;

export function kernelOf(node: Node, threads: number, set: VectorSet): Kernel | undefined {
  const large = [...node.inputs, ...node.outputs].some(({ shape }) => FLOAT * sizeOf(shape) >= MOST);
  return large ? undefined : makers[node.op.name]?.(node, threads, set);
}
