// What probes measured in the runs of a cell's winner, as one number per seed.
import type { StudyFacts } from './claims/claim.ts';
import type { Place } from './claims/contrast.ts';
import { winnersAt } from './claims/places.ts';
import type { ProbedPoint } from './rows.ts';
import { mean } from './stats.ts';

type Tables = ProbedPoint['tables'];
export type ProbeRow = Tables[string][number];

/** A cell of a probe's table as a number; null where it is none. */
export const number = (value: ProbeRow[string] | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/**
 * Mean over training of what `value` reads off the probe's tables, by seed. Measurements before the first step are left out: every
 * optimizer stands at the same point there. Seeds without any are left out.
 */
export function measuredBySeed(
  study: StudyFacts,
  at: Place,
  probe: string,
  value: (tables: Tables) => number | null,
): Map<number, number> {
  return new Map(
    winnersAt(study, at).flatMap((row): [number, number][] => {
      const values = (row.probes ?? []).flatMap((point) => {
        if (point.probe !== probe || point.step === 0) return [];
        const read = value(point.tables);
        return read === null ? [] : [read];
      });
      return values.length > 0 ? [[row.seed, mean(values)]] : [];
    }),
  );
}

/** The same along the runs of several arms: the mean over the arms, of seeds that all of them have. */
export const measuredAlong = (
  study: StudyFacts,
  arms: readonly string[],
  at: Omit<Place, 'arm'>,
  probe: string,
  value: (tables: Tables) => number | null,
): Map<number, number> =>
  combine(
    arms.map((arm) => measuredBySeed(study, { ...at, arm }, probe, value)),
    (...values) => mean(values),
  );

/** A parameter's name without the layer that it is in; all norms are one kind. */
export const kindOf = (layer: string): string =>
  /norm/i.test(layer) ? 'norm' : layer.replace(/^layers?\.\d+\./, '');

/** Seed by seed, where all have the seed. */
export function combine(
  maps: readonly Map<number, number>[],
  f: (...values: number[]) => number,
): Map<number, number> {
  const seeds = [...(maps[0]?.keys() ?? [])].filter((seed) => maps.every((map) => map.has(seed)));
  return new Map(seeds.map((seed) => [seed, f(...maps.map((map) => map.get(seed)!))]));
}
