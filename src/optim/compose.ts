// One rule inside another: its hyperparameters and scalars under a prefix, so that two of them never mix.
import type { Expr } from './expr.ts';
import type { HyperSpec, OptimizerDef, RuleInput, RuleOutput, Squares, TensorFacts } from './rule.ts';

type Numbers = Record<string, number>;

export interface Embedded {
  def: OptimizerDef;
  hyper: Record<string, HyperSpec>;
  state(hyper: Numbers): string[];
  squares(hyper: Numbers): Squares[];
  scalars(at: Parameters<OptimizerDef['scalars']>[0]): Numbers;
  update(x: RuleInput, hyper: Numbers, tensor: TensorFacts): RuleOutput;
}

const prefixed = <T>(prefix: string, values: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]));

const stripped = <T>(prefix: string, values: Record<string, T>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), value]] : [],
    ),
  );

/**
 * `def` with its names as `<prefix>.<name>`. State keeps a prefix only if `ownState`: rules for different
 * tensors may share buffers (every coordinate has one rule), two rules for the same tensor may not.
 */
export function embed(def: OptimizerDef, prefix: string, { ownState }: { ownState: boolean }): Embedded {
  const outer = (name: string) => (ownState ? `${prefix}.${name}` : name);
  // Asked for at every step: what was taken out of a run's hyperparameters is kept as long as they are.
  const insides = new WeakMap<Numbers, Numbers>();
  const inside = (hyper: Numbers): Numbers => {
    let found = insides.get(hyper);
    if (!found) insides.set(hyper, (found = stripped(prefix, hyper)));
    return found;
  };
  return {
    def,
    hyper: Object.fromEntries(
      Object.entries(prefixed(prefix, def.hyper)).map(([key, spec]) => [
        key,
        spec.replaces === undefined ? spec : { ...spec, replaces: `${prefix}.${spec.replaces}` },
      ]),
    ),
    state: (hyper) => def.state(inside(hyper)).map(outer),
    squares: (hyper) =>
      (def.squares?.(inside(hyper)) ?? []).map(({ buffer, sequences }) => ({
        buffer: outer(buffer),
        sequences,
      })),
    scalars(at) {
      const values = def.scalars({ ...at, hyper: inside(at.hyper) });
      const named: Numbers = {};
      for (const name in values) named[`${prefix}.${name}`] = values[name];
      return named;
    },
    update(x, hyper, tensor) {
      const own = inside(hyper);
      const state: Record<string, Expr> = Object.fromEntries(
        def.state(own).map((name) => [name, x.state[outer(name)]]),
      );
      const out = def.update({ ...x, state, scalars: stripped(prefix, x.scalars) }, own, tensor);
      return {
        u: out.u,
        state: Object.fromEntries(Object.entries(out.state).map(([name, value]) => [outer(name), value])),
      };
    },
  };
}
