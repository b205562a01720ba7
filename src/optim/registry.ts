// Optimizers by name (rules.ts is the table), their hyperparameters and grids.
import { UserError } from '../core/errors.ts';
import { composed } from './names.ts';
import type { HyperSpec, OptimizerDef } from './rule.ts';
import * as rules from './rules.ts';

export type { OptimizerDef } from './rule.ts';

/** Every optimizer by its name, in alphabetical order. */
export const optimizers: Record<string, OptimizerDef> = Object.fromEntries(
  Object.values(rules).map((def) => [def.name, def]),
);

/**
 * The optimizer of that name: registered (`adam`), or composed of registered ones
 * (`adam#sgd`, `sgd+adaptiveClip`, `rest=sgd,head=adam`; see names.ts). Throws UserError,
 * listing the names, when there is none.
 */
export function optimizer(name: string): OptimizerDef {
  return Object.hasOwn(optimizers, name) ? optimizers[name] : composed(name, optimizers);
}

/**
 * Every hyperparameter of the optimizer `name`: those given, defaults for the rest; those without a default
 * only if given. Throws UserError for an unknown optimizer or hyperparameter and for a value out of range.
 */
export function resolveHyper(name: string, partial: Record<string, number> = {}): Record<string, number> {
  const { hyper } = optimizer(name);
  for (const key of Object.keys(partial))
    if (!Object.hasOwn(hyper, key))
      throw new UserError(
        `optimizer "${name}" has no hyperparameter "${key}": ${Object.keys(hyper).length > 0 ? `choose from ${Object.keys(hyper).join(', ')}` : 'it has none at all'}`,
      );
  const replaced = new Set<string>();
  for (const [key, { replaces }] of Object.entries(hyper))
    if (replaces !== undefined && key in partial) {
      if (replaces in partial)
        throw new UserError(`optimizer "${name}": ${key} stands in for ${replaces}; give one of them`);
      replaced.add(replaces);
    }
  return Object.fromEntries(
    Object.entries(hyper).flatMap(([key, spec]) => {
      const value = partial[key] ?? spec.default;
      if (value === null || replaced.has(key)) return [];
      if (!allowed(value, spec))
        throw new UserError(`${key} of optimizer "${name}" must be ${range(spec)}, got ${value}`);
      return [[key, value]];
    }),
  );
}

/**
 * Values worth trying: learning rates around `guess` (else the registry's first guess),
 * and of every hyperparameter that is usually tuned.
 */
export function defaultGrid(name: string, guess?: number): { lr: number[]; axes: Record<string, number[]> } {
  const { lrGuess, hyper } = optimizer(name);
  return {
    lr: [-2, -1, 0, 1, 2].map((k) => Number(((guess ?? lrGuess) * 2 ** k).toPrecision(6))),
    axes: Object.fromEntries(
      Object.entries(hyper).flatMap(([key, { grid }]) => (grid ? [[key, [...grid]]] : [])),
    ),
  };
}

function allowed(value: number, { min, max, below, oneOf, whole }: HyperSpec): boolean {
  return (
    Number.isFinite(value) &&
    (oneOf?.includes(value) ?? true) &&
    (!whole || Number.isInteger(value)) &&
    value >= (min ?? -Infinity) &&
    value <= (max ?? Infinity) &&
    value < (below ?? Infinity)
  );
}

function range({ min, max, below, oneOf, whole }: HyperSpec): string {
  if (oneOf) return `one of ${oneOf.join(', ')}`;
  const bounds = [
    whole ? 'a whole number' : '',
    min === undefined ? '' : `at least ${min}`,
    max === undefined ? '' : `at most ${max}`,
    below === undefined ? '' : `below ${below}`,
  ];
  return bounds.filter(Boolean).join(' and ') || 'a finite number';
}
