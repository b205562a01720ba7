// What a transform is: it changes the gradient before a rule or the direction after it,
// and adds hyperparameters of its own.

import type { Expr } from './expr.ts';
import {
  defineOptimizer,
  type HyperSpec,
  type OptimizerDef,
  type RuleInput,
  type TensorFacts,
} from './rule.ts';

type Change = (value: Expr, x: RuleInput, hyper: Record<string, number>, tensor: TensorFacts) => Expr;

export interface TransformDef {
  /** `optimizer+name`. */
  name: string;
  summary: string;
  source: string;
  hyper: Record<string, HyperSpec>;
  /** Uniforms of a step beside those of the rule, under the transform's own names. */
  scalars(hyper: Record<string, number>): Record<string, number>;
  /** The gradient that the rule sees. */
  gradient?: Change;
  /** The direction that is stepped along; buffers stay as the rule leaves them. */
  direction?: Change;
  scaling(of: OptimizerDef['scaling']): OptimizerDef['scaling'];
}

/** `inner` with the transform around it, called `inner+transform`. */
export function transformed(inner: OptimizerDef, t: TransformDef): OptimizerDef {
  return defineOptimizer({
    ...inner,
    name: `${inner.name}+${t.name}`,
    summary: `${inner.summary}; ${t.summary}`,
    source: `${inner.source}; ${t.source}`,
    hyper: { ...inner.hyper, ...t.hyper },
    scaling: t.scaling(inner.scaling),
    scalars: (at) => ({ ...inner.scalars(at), ...t.scalars(at.hyper) }),
    update(x, hyper, tensor) {
      const g = t.gradient ? t.gradient(x.g, x, hyper, tensor) : x.g;
      const out = inner.update({ ...x, g }, hyper, tensor);
      return t.direction ? { ...out, u: t.direction(out.u, x, hyper, tensor) } : out;
    },
  });
}
