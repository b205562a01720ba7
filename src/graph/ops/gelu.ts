// GELU (arXiv 1606.08415), x Phi(x) with the normal distribution function itself,
// not one of its approximations.
import { apply, type Op, type Tensor } from '../tensor.ts';
import { add, exp, mul, scale } from './elementwise.ts';

/** Beyond it the function is 1 to the last bit of float64. */
const FLAT = 6;

/**
 * The error function: 2 / sqrt(pi) exp(-x^2) times the sum of 2^n x^(2n+1) / (1 3 5 ...
 * (2n+1)), all of one sign.
 */
function erf(x: number): number {
  if (Math.abs(x) > FLAT) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Outputs: x Phi(x), and Phi(x), kept for the backward pass. */
const geluOp: Op<null> = {
  name: 'gelu',
  infer: ([x]) => [{ shape: x.shape }, { shape: x.shape }],
  onnx(emit, [x], [y, phi]) {
    const [turned, error, above] = Array.from({ length: 3 }, () => emit.temp());
    emit.node('Mul', [x, emit.floats([], [Math.SQRT1_2])], [turned]);
    emit.node('Erf', [turned], [error]);
    emit.node('Add', [error, emit.floats([], [1])], [above]);
    emit.node('Mul', [above, emit.floats([], [0.5])], [phi]);
    emit.node('Mul', [x, phi], [y]);
  },
  grad(node, [gy, gphi]) {
    const [x] = node.inputs;
    const phi = node.outputs[1];
    // Phi' is the normal density, so (x Phi)' = Phi + x density.
    const density = scale(exp(scale(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    const through = gphi && mul(gphi, density);
    if (!gy) return [through];
    const dx = mul(gy, add(phi, mul(x, density)));
    return [through ? add(dx, through) : dx];
  },
  evaluate([{ data }]) {
    const phi = data.map((x) => (1 + erf(x * Math.SQRT1_2)) / 2);
    return [data.map((x, i) => x * phi[i]), phi];
  },
};

/** x Phi(x), element by element. */
export const gelu = (x: Tensor): Tensor => apply(geluOp, [x], null)[0];
