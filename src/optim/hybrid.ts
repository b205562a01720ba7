// Hybrid: each group of parameters has its own optimizer ("Adam on the head only").
import type { ParameterKind } from '../model/parameters.ts';
import { embed } from './compose.ts';
import { mul } from './expr.ts';
import { defineOptimizer, type OptimizerDef } from './rule.ts';

/** Groups of parameters, and `rest` for those that are not named. */
export type ParameterGroup = ParameterKind | 'rest';

/**
 * `rest=sgd,head=adam`: every group by its own rule, hyperparameters as `<group>.<name>`.
 * The learning rate is that of the rest (or of the first group); `<group>.lr` is the group's
 * own as a multiple of it, by default the ratio of the two optimizers' first guesses.
 */
export function hybrid(
  name: string,
  groups: readonly (readonly [ParameterGroup, OptimizerDef])[],
): OptimizerDef {
  const parts = groups.map(([group, def]) => ({
    group,
    lr: `${group}.lr`,
    ...embed(def, group, { ownState: false }),
  }));
  const main = parts.find(({ group }) => group === 'rest') ?? parts[0];
  const others = parts.filter((part) => part !== main);
  return defineOptimizer({
    name,
    summary: parts.map(({ group, def }) => `${group}: ${def.name}`).join('; '),
    source: 'arXiv 2606.14259 (Adam on the output head alone closes most of the gap)',
    hyper: Object.assign(
      {},
      ...parts.map(({ hyper }) => hyper),
      ...others.map(({ lr, def }) => ({
        [lr]: {
          default: Number((def.lrGuess / main.def.lrGuess).toPrecision(3)),
          why: `${def.name}'s first learning rate over ${main.def.name}'s`,
          min: 0,
        },
      })),
    ),
    lrGuess: main.def.lrGuess,
    scaling: parts.every(({ def }) => def.scaling === main.def.scaling) ? main.def.scaling : 'neither',
    state: (hyper) => [...new Set(parts.flatMap((part) => part.state(hyper)))],
    squares: (hyper) => parts.flatMap((part) => part.squares(hyper)),
    scalars: (at) =>
      Object.assign(
        {},
        ...parts.map((part) => part.scalars(part === main ? at : { ...at, lr: at.lr * at.hyper[part.lr] })),
        ...others.map(({ lr }) => ({ [lr]: at.hyper[lr] })),
      ),
    update(x, hyper, tensor) {
      const part = parts.find(({ group }) => group === tensor.kind) ?? main;
      const out = part.update(x, hyper, tensor);
      return part === main ? out : { ...out, u: mul(x.scalars[part.lr], out.u) };
    },
  });
}
