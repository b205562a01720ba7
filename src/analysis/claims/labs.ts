// Simulations that belong to a study, for the claims about them.
import type { LabKind, LabRunOf } from '../../theory/specs/registry.ts';
import type { Measured } from '../probed.ts';
import type { StudyFacts } from './claim.ts';

/** The lab of that kind and name, if it has been run. */
export const labOf = <Kind extends LabKind>(
  { theory }: StudyFacts,
  kind: Kind,
  name: string = kind,
): LabRunOf<Kind> | undefined =>
  theory.find((run): run is LabRunOf<Kind> => run.lab === kind && run.spec.name === name);

/**
 * Losses by seed; `seeds` were planned. Those that diverged are missing, and so are losses of zero:
 * they are compared by factors, and have none.
 */
export function measuredBySeed(values: readonly (number | null)[], seeds: number, what: string): Measured {
  const known = new Map(
    values.flatMap((value, seed) => (value !== null && value > 0 ? [[seed, value] as const] : [])),
  );
  const lost = Array.from({ length: seeds }, (_, seed) => seed).filter((seed) => !known.has(seed));
  return { bySeed: known, missing: lost.map((seed) => `seed ${seed + 1} of ${seeds} (${what})`) };
}
