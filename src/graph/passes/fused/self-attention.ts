// Self-attention of all heads in one operation, from the product that makes queries,
// keys and values side by side: rotation, scores, softmax and mixing of one head stay in the cache,
// and nothing is split, transposed or joined.
import { pullback } from '../../grad.ts';
import { attention } from '../../ops/attention.ts';
import { rotary } from '../../ops/rotary.ts';
import { reshape, split } from '../../ops/shape.ts';
import { apply, type Node, sameShape, type Tensor } from '../../tensor.ts';
import { fusedOp } from './fused-op.ts';

export interface SelfAttentionAttrs {
  /** Positions and heads; a row is position t of sequence b: t * sequences + b. */
  length: number;
  heads: number;
  /** Base of the rotation of queries and keys; null: none. */
  theta: number | null;
  scale: number;
  causal: boolean;
}

/**
 * From [length * sequences, 3 D]: [length * sequences, D], and probabilities [sequences * heads,
 * 1, length, length].
 */
function meaning(
  qkv: Tensor,
  { length, heads, theta, scale, causal }: SelfAttentionAttrs,
): readonly Tensor[] {
  const [rows, width] = [qkv.shape[0], qkv.shape[1] / 3];
  const lanes = (rows / length) * heads;
  const [q, k, v] = split(qkv, 1, [width, width, width]).map((part) =>
    reshape(part, [length, lanes, 1, width / heads]),
  );
  const [turnedQ, turnedK] = [q, k].map((x) => (theta === null ? x : rotary(x, theta)));
  const mixed = attention(turnedQ, turnedK, v, { scale, causal });
  return [reshape(mixed, [rows, width]), mixed.node.outputs[1]];
}

/** Inputs: qkv, what came out of it (both outputs), and the gradient of the first; output: that of qkv. */
const selfAttentionGradOp = fusedOp<SelfAttentionAttrs>({
  name: 'selfAttentionGrad',
  infer: ([qkv]) => [{ shape: qkv.shape }],
  meaning: ([qkv, , , g], attrs) => pullback([meaning(qkv, attrs)[0]], [g], [qkv]),
});

const selfAttentionOp = fusedOp<SelfAttentionAttrs>({
  name: 'selfAttention',
  infer([{ shape }], { length, heads }) {
    const [rows, columns] = shape;
    return [{ shape: [rows, columns / 3] }, { shape: [(rows / length) * heads, 1, length, length] }];
  },
  meaning: ([qkv], attrs) => meaning(qkv, attrs),
  grad: ({ inputs: [qkv], outputs }, [g], attrs) => [
    ...apply(selfAttentionGradOp, [qkv, ...outputs, g!], attrs),
  ],
});

/** For a node of `attention` whose inputs are parts of one product, as the model makes them. */
export function fuseAttention({ attrs }: Node, [q, k, v]: readonly Tensor[]): readonly Tensor[] | undefined {
  const [theta, otherTheta] = [q, k].map(turnOf);
  const parts = [q, k].map(turned).concat(v).map(partOf);
  const [qkv] = parts[0] ?? [];
  if (!qkv || theta !== otherTheta || parts.some((part, i) => part?.[0] !== qkv || part[1] !== i))
    return undefined;
  const [length, lanes] = q.shape;
  const { scale, causal } = attrs as { scale: number; causal: boolean };
  const heads = (lanes * length) / qkv.shape[0];
  const [out, p] = apply(selfAttentionOp, [qkv], { length, heads, theta, scale, causal });
  return [reshape(out, v.shape), p];
}

const turnOf = ({ node: { op, attrs } }: Tensor): number | null =>
  op.name === 'rotary' ? (attrs as { theta: number }).theta : null;
const turned = (x: Tensor): Tensor => (x.node.op.name === 'rotary' ? x.node.inputs[0] : x);

/** The matrix of queries, keys and values of which `x` is a part, split into heads, and which part it is. */
function partOf(x: Tensor): [Tensor, number] | undefined {
  if (x.node.op.name !== 'reshape') return undefined;
  const [part] = x.node.inputs;
  const { op, inputs, outputs, attrs } = part.node;
  if (op.name !== 'split' || outputs.length !== 3 || (attrs as { axis: number }).axis !== 1) return undefined;
  return outputs.every((t) => sameShape(t.shape, outputs[0].shape)) ? [inputs[0], part.index] : undefined;
}
