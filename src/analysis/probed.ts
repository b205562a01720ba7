// What probes measured in the runs of a cell's winner, as one number per seed.
import type { StudyFacts } from './claims/claim.ts';
import { type CellPlace, missingAt } from './claims/contrast.ts';
import { winnersAt } from './claims/places.ts';
import { displayName } from './names.ts';
import type { ProbedPoint } from './rows.ts';
import { mean } from './stats.ts';

type Tables = ProbedPoint['tables'];
export type ProbeRow = Tables[string][number];

/** A cell of a probe's table as a number; null where it is none. */
export const finite = (value: ProbeRow[string] | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** A number for each seed, and what was planned for it and is not known. */
export interface Measured {
  bySeed: ReadonlyMap<number, number>;
  missing: readonly string[];
}

/**
 * Mean over training of what `value` reads off the probe's tables, by seed. Measurements
 * before the first step are left out: every optimizer stands at the same point there.
 * Seeds without any are missing, and so are measurements from which nothing can be read.
 */
export function measuredBySeed(
  study: StudyFacts,
  at: CellPlace,
  probe: string,
  value: (tables: Tables) => number | null,
): Measured {
  return measureSeeds(study, at, probe, (points) => {
    const values = points.flatMap(({ tables }) => value(tables) ?? []);
    return {
      value: values.length > 0 ? mean(values) : null,
      undefined: points.length - values.length,
    };
  });
}

/**
 * The same for a number that is made of all measurements of a seed; `undefined` of them could not be read.
 */
export function measureSeeds(
  study: StudyFacts,
  at: CellPlace,
  probe: string,
  read: (points: readonly ProbedPoint[]) => { value: number | null; undefined: number },
): Measured {
  const name = `${displayName(at.arm)} at batch size ${at.batchSize}`;
  const missing = missingAt(study.cells, [at]);
  const runs = winnersAt(study, at).map((row) => ({
    seed: row.seed,
    points: (row.probes ?? []).filter((point) => point.probe === probe && point.step > 0),
  }));
  const most = Math.max(0, ...runs.map(({ points }) => points.length));
  const bySeed = new Map<number, number>();
  for (const { seed, points } of runs) {
    const { value, undefined: unread } = read(points);
    if (value !== null) bySeed.set(seed, value);
    if (points.length === 0) continue;
    if (points.length < most)
      missing.push(`${most - points.length} of ${most} measurements of seed ${seed} (${name})`);
    if (unread > 0)
      missing.push(`${unread} of ${points.length} measurements of seed ${seed} not defined (${name})`);
  }
  for (const seed of study.probed[probe] ?? [])
    if (!bySeed.has(seed)) missing.push(`probe ${probe} of seed ${seed} (${name})`);
  return { bySeed, missing };
}

/** The same along the runs of several arms: the mean over the arms, of seeds that all of them have. */
export const measuredAlong = (
  study: StudyFacts,
  arms: readonly string[],
  at: Omit<CellPlace, 'arm'>,
  probe: string,
  value: (tables: Tables) => number | null,
): Measured =>
  combine(
    arms.map((arm) => measuredBySeed(study, { ...at, arm }, probe, value)),
    (...values) => mean(values),
  );

/** A parameter's name without the layer that it is in; all norms are one kind. */
export const kindOf = (layer: string): string =>
  /norm/i.test(layer) ? 'norm' : layer.replace(/^layers?\.\d+\./, '');

/** Seed by seed, where all have the seed; what any of them lacks is missing. */
export function combine(parts: readonly Measured[], f: (...values: number[]) => number): Measured {
  const seeds = [...(parts[0]?.bySeed.keys() ?? [])].filter((seed) =>
    parts.every(({ bySeed }) => bySeed.has(seed)),
  );
  return {
    bySeed: new Map(seeds.map((seed) => [seed, f(...parts.map(({ bySeed }) => bySeed.get(seed)!))])),
    missing: [...new Set(parts.flatMap(({ missing }) => missing))],
  };
}
