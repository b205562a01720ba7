// The table of optimizers: a new one is one file and one line here.
import { UserError } from '../core/errors.ts';
import { adam, adamw } from './adam.ts';
import { lion } from './lion.ts';
import { rmsprop } from './rmsprop.ts';
import type { HyperSpec, OptimizerDef } from './rule.ts';
import { sgd } from './sgd.ts';
import { signsgd } from './signsgd.ts';
import { signum } from './signum.ts';

export type { OptimizerDef } from './rule.ts';

export const optimizers: Record<string, OptimizerDef> = Object.fromEntries(
  [
    sgd, //
    adam,
    adamw,
    rmsprop,
    signsgd,
    signum,
    lion,
  ].map((def) => [def.name, def]),
);

/** The optimizer of that name. Throws UserError, listing the names, when there is none. */
export function optimizer(name: string): OptimizerDef {
  if (!Object.hasOwn(optimizers, name))
    throw new UserError(`unknown optimizer "${name}": choose one of ${Object.keys(optimizers).join(', ')}`);
  return optimizers[name];
}

/**
 * Every hyperparameter of the optimizer `name`: those given, defaults for the rest.
 * Throws UserError for an unknown optimizer or hyperparameter and for a value out of range.
 */
export function resolveHyper(name: string, partial: Record<string, number> = {}): Record<string, number> {
  const { hyper } = optimizer(name);
  for (const key of Object.keys(partial))
    if (!Object.hasOwn(hyper, key))
      throw new UserError(
        `optimizer "${name}" has no hyperparameter "${key}": ${Object.keys(hyper).length > 0 ? `choose from ${Object.keys(hyper).join(', ')}` : 'it has none at all'}`,
      );
  return Object.fromEntries(
    Object.entries(hyper).map(([key, spec]) => {
      const value = partial[key] ?? spec.default;
      if (!allowed(value, spec))
        throw new UserError(`${key} of optimizer "${name}" must be ${range(spec)}, got ${value}`);
      return [key, value];
    }),
  );
}

function allowed(value: number, { min, max, below, oneOf }: HyperSpec): boolean {
  return (
    Number.isFinite(value) &&
    (oneOf?.includes(value) ?? true) &&
    value >= (min ?? -Infinity) &&
    value <= (max ?? Infinity) &&
    value < (below ?? Infinity)
  );
}

function range({ min, max, below, oneOf }: HyperSpec): string {
  if (oneOf) return `one of ${oneOf.join(', ')}`;
  const bounds = [
    min === undefined ? '' : `at least ${min}`,
    max === undefined ? '' : `at most ${max}`,
    below === undefined ? '' : `below ${below}`,
  ];
  return bounds.filter(Boolean).join(' and ') || 'a finite number';
}
