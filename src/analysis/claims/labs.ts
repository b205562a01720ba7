// Simulations that belong to a study, for the claims about them.
import type { LabKind, LabRunOf } from '../../theory/specs/registry.ts';
import type { StudyFacts } from './claim.ts';

/** The lab of that kind and name, if it has been run. */
export const labOf = <Kind extends LabKind>(
  { theory }: StudyFacts,
  kind: Kind,
  name: string = kind,
): LabRunOf<Kind> | undefined =>
  theory.find((run): run is LabRunOf<Kind> => run.lab === kind && run.spec.name === name);

/** Values by seed; those of diverged runs are left out. */
export const bySeed = (values: readonly (number | null)[]): Map<number, number> =>
  new Map(values.flatMap((value, seed) => (value === null ? [] : [[seed, value] as const])));
