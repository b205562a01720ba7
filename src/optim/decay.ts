// Decoupled weight decay: any rule, and the parameter shrinks besides.
import { add, mul } from './expr.ts';
import type { HyperSpec, OptimizerDef } from './rule.ts';
import { type TransformDef, transformed } from './transform.ts';

/**
 * p <- p - lr * (u + weightDecay * p): the decay passes through neither momentum nor preconditioner
 * (arXiv 1711.05101). `key` is the name of the hyperparameter.
 */
const shrink = (key: string, spec: HyperSpec): TransformDef => ({
  name: 'decay',
  summary: 'decoupled weight decay',
  source: 'Loshchilov & Hutter, arXiv 1711.05101',
  hyper: { [key]: spec },
  scalars: (hyper) => ({ [key]: hyper[key] }),
  // A term that vanishes is left out, not multiplied by zero.
  direction: (u, { p, scalars }, hyper) => (hyper[key] > 0 ? add(u, mul(scalars[key], p)) : u),
  // Whatever multiplies the gradient does not multiply the decay.
  scaling: (inner) => (inner === 'invariant' ? 'invariant' : 'neither'),
});

/** `optimizer+decay`. SGD's own `weightDecay` goes through the momentum; this does not. */
export const decay: TransformDef = shrink('decay', {
  default: 0.1,
  why: 'usual for language models since GPT-3 (arXiv 2005.14165, appendix B), with Adam-like learning rates; SGD wants far less',
  min: 0,
  grid: [0, 0.01, 0.1],
});

/** An optimizer of its own name that is `inner` with decoupled decay, hyperparameter `weightDecay`. */
export function decoupledDecay(
  inner: OptimizerDef,
  about: { name: string; summary: string; source: string; weightDecay: HyperSpec },
): OptimizerDef {
  const { weightDecay, ...texts } = about;
  return { ...transformed(inner, shrink('weightDecay', weightDecay)), ...texts };
}
