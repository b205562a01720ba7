// How much the blocks of the Hessian differ, read off what the probe `hessian` measured.
import { finite } from './probed.ts';
import type { ProbedPoint } from './rows.ts';

type Tables = ProbedPoint['tables'];

/** Mean Jensen-Shannon distance between the spectral densities of the blocks. */
export const blockDistance = (tables: Tables): number | null => finite(tables.heterogeneity?.[0]?.distance);

/** Largest over smallest top eigenvalue of a block, in decades. */
export function topDecades(tables: Tables): number | null {
  const ratio = finite(tables.heterogeneity?.[0]?.topRatio);
  return ratio !== null && ratio > 0 ? Math.log10(ratio) : null;
}
