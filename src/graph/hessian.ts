// Hessian-vector products: the gradient of <gradient, v>, exact and without ever
// building the Hessian (Pearlmutter 1994).

import { gradients, pullback } from './grad.ts';
import { fuseSums } from './passes/fuse-sums.ts';
import { shareNodes } from './passes/share.ts';
import type { Tensor } from './tensor.ts';

/**
 * H v for the scalar `loss`, H its Hessian in the tensors `wrt` taken as one vector,
 * `along` the parts of v (same shapes). With a part of the parameters as `wrt`:
 * the product with that diagonal block of the Hessian. The weights' gradients themselves are not computed,
 * only what passes through them: about 8/3 of a gradient's products.
 */
export const hessianVector = (loss: Tensor, wrt: readonly Tensor[], along: readonly Tensor[]): Tensor[] =>
  fuseSums(shareNodes(pullback(gradients(loss, wrt), along, wrt)));
