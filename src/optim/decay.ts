// Decoupled weight decay as a transform: turns any rule into one that also shrinks the parameter itself.
import { add, mul } from './expr.ts';
import { defineOptimizer, type HyperSpec, type OptimizerDef } from './rule.ts';

/**
 * p <- p - lr * (u + weightDecay * p): the decay passes through neither momentum nor preconditioner
 * (arXiv 1711.05101). Adds the hyperparameter `weightDecay` to those of `inner`.
 */
export function decoupledDecay(
  inner: OptimizerDef,
  about: { name: string; summary: string; source: string; weightDecay: HyperSpec },
): OptimizerDef {
  const { weightDecay, ...texts } = about;
  return defineOptimizer({
    ...inner,
    ...texts,
    hyper: { ...inner.hyper, weightDecay },
    scalars: (at) => ({ ...inner.scalars(at), weightDecay: at.hyper.weightDecay }),
    update(x, hyper) {
      const out = inner.update(x, hyper);
      return hyper.weightDecay > 0 ? { ...out, u: add(out.u, mul(x.scalars.weightDecay, x.p)) } : out;
    },
  });
}
