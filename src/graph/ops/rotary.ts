// Rotary position embedding (arXiv 2104.09864), half-split pairs as in Llama checkpoints:
// (x_i, x_{i+d/2}) turn by t theta_i. Time is the first axis: rows that follow each other in a [positions,
// D] matrix then need no transposition.
import { apply, type Op, type Tensor } from '../tensor.ts';

interface RotaryAttrs {
  theta: number;
  /** Turn backwards: the transpose of a rotation is its inverse, which is the gradient. */
  inverse: boolean;
}

/** cos and sin of the angle t theta^(-2i/d): [T, d/2] each. */
function tables(length: number, width: number, { theta, inverse }: RotaryAttrs) {
  const half = width / 2;
  const angle = (i: number) => Math.floor(i / half) * theta ** ((-2 * (i % half)) / width);
  const cos = Float64Array.from({ length: length * half }, (_, i) => Math.cos(angle(i)));
  const sin = Float64Array.from({ length: length * half }, (_, i) => Math.sin(angle(i)) * (inverse ? -1 : 1));
  return { cos, sin, half };
}

const rotaryOp: Op<RotaryAttrs> = {
  name: 'rotary',
  infer: ([x], _, fail) =>
    x.shape.length === 4 && x.shape[2] === 1 && x.shape[3] % 2 === 0
      ? [{ shape: x.shape }]
      : fail('expects [T, N, 1, even width]'),
  onnx(emit, [x], out, node, attrs) {
    const [length, , , width] = node.inputs[0].shape;
    const { cos, sin, half } = tables(length, width, attrs);
    // ONNX Runtime calls the axes batch, heads, time: every time step is a batch
    // entry with a position of its own.
    const positions = emit.ints(
      Array.from({ length }, (_, t) => t),
      [length, 1],
    );
    const inputs = [x, positions, emit.floats([length, half], cos), emit.floats([length, half], sin)];
    emit.node('RotaryEmbedding', inputs, out, {}, 'com.microsoft');
  },
  grad: (_, [g], { theta, inverse }) => [apply(rotaryOp, [g!], { theta, inverse: !inverse })[0]],
  evaluate([x], attrs) {
    const [length, lanes, , width] = x.shape;
    const { cos, sin, half } = tables(length, width, attrs);
    const y = new Float64Array(x.data.length);
    for (let row = 0; row < x.data.length / width; row++)
      for (let i = 0; i < half; i++) {
        const t = Math.floor(row / lanes);
        const [c, s] = [cos[t * half + i], sin[t * half + i]];
        const [a, b] = [x.data[row * width + i], x.data[row * width + half + i]];
        y[row * width + i] = a * c - b * s;
        y[row * width + half + i] = b * c + a * s;
      }
    return [y];
  },
};

/** Rotates queries or keys x [T, N, 1, d] (N: sequences times heads) by their position. */
export const rotary = (x: Tensor, theta: number): Tensor =>
  apply(rotaryOp, [x], { theta, inverse: false })[0];
