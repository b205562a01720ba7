// The table of probes: a new one is one file and one line here.
import { UserError } from '../../core/errors.ts';
import { suggest } from '../../core/suggest.ts';
import type { ModelConfig } from '../../model/config.ts';
import { geometry } from './geometry.ts';
import { hessian } from './hessian.ts';
import { imbalance } from './imbalance.ts';
import { noise } from './noise.ts';
import type { OptionSpec, ProbeDef } from './probe.ts';
import { sharpness } from './sharpness.ts';
import { text } from './text.ts';

export const probes: Record<string, ProbeDef> = Object.fromEntries(
  [
    imbalance, //
    sharpness,
    hessian,
    noise,
    geometry,
    text,
  ].map((def) => [def.name, def]),
);

/** The probe of that name. Throws UserError, listing the names, when there is none. */
export function probe(name: string): ProbeDef {
  if (Object.hasOwn(probes, name)) return probes[name];
  const names = Object.keys(probes);
  const close = suggest(name, names);
  throw new UserError(
    `unknown probe "${name}": ${close ? `did you mean "${close}"? (${names.join(', ')})` : `choose one of ${names.join(', ')}`}`,
  );
}

/** Throws UserError when the probe `name` has nothing to measure in such a model. */
export function checkProbe(name: string, { objective }: Pick<ModelConfig, 'objective'>): void {
  const { ofTokens, writes } = probe(name);
  if (ofTokens && objective === 'classify')
    throw new UserError(`probe "${name}" looks at tokens: leave it out for objective ${objective}`);
  if (writes && objective)
    throw new UserError(
      `probe "${name}" needs a model that predicts the next token: leave it out for objective ${objective}`,
    );
}

/**
 * Every option of the probe `name`: those given, defaults for the rest. Throws UserError
 * for an unknown option or a value out of range.
 */
export function resolveOptions(name: string, given: Record<string, number> = {}): Record<string, number> {
  const { options } = probe(name);
  for (const key of Object.keys(given))
    if (!Object.hasOwn(options, key))
      throw new UserError(
        `probe "${name}" has no option "${key}": choose from ${Object.keys(options).join(', ')}`,
      );
  return Object.fromEntries(
    Object.entries(options).map(([key, spec]) => {
      const value = given[key] ?? spec.default;
      if (!allowed(value, spec))
        throw new UserError(`${key} of probe "${name}" must be ${range(spec)}, got ${value}`);
      return [key, value];
    }),
  );
}

const allowed = (
  value: number,
  { min, max = Number.MAX_SAFE_INTEGER, real, powerOfTwo }: OptionSpec,
): boolean =>
  value >= min &&
  value <= max &&
  (real || Number.isInteger(value)) &&
  (!powerOfTwo || Number.isInteger(Math.log2(value)));

function range({ min, max, real, powerOfTwo }: OptionSpec): string {
  const kind = powerOfTwo ? 'a power of two' : real ? 'a number' : 'an integer';
  return `${kind} of at least ${min}${max === undefined ? '' : ` and at most ${max}`}`;
}
