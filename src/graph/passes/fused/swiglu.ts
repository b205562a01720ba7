// silu(gate) * up and its gradient, each in one pass: nothing but gate and up is kept for the backward pass.
import { pullback } from '../../grad.ts';
import { swiglu } from '../../ops/swiglu.ts';
import { apply, type Node, type Tensor } from '../../tensor.ts';
import { fusedOp } from './fused-op.ts';

/** Inputs: gate, up, and the gradient of what they make; outputs: the gradients of gate and up. */
const swigluGradOp = fusedOp<null>({
  name: 'swigluGrad',
  infer: ([gate, up]) => [{ shape: gate.shape }, { shape: up.shape }],
  meaning: ([gate, up, g]) => pullback([swiglu(gate, up)], [g], [gate, up]),
});

const swigluOnlyOp = fusedOp<null>({
  name: 'swigluOnly',
  infer: ([gate]) => [{ shape: gate.shape }],
  meaning: ([gate, up]) => [swiglu(gate, up)],
  grad: ({ inputs: [gate, up] }, [g]) => [...apply(swigluGradOp, [gate, up, g!], null)],
});

/** For the node of `swiglu` that has the inputs `gate` and `up`. */
export const fuseSwiglu = (_: Node, [gate, up]: readonly Tensor[]): readonly Tensor[] =>
  apply(swigluOnlyOp, [gate, up], null);
