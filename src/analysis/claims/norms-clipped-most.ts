// Which layers adaptive clipping cuts.
import { withhold } from '../missing.ts';
import { mean } from '../stats.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { missingAt } from './contrast.ts';
import { decideBySeed, undecided } from './decide.ts';
import { largest, spot, winnersAt } from './places.ts';

/** Mean share of clipped coordinates by kind of layer, of each seed of the best setting of an arm. */
function sharesOf(study: StudyFacts, arm: string): Map<number, Record<string, number>> {
  const entries = winnersAt(study, { ...spot(study, largest(study)), arm }).flatMap((row) => {
    const points: Record<string, number>[] = (row.lossCurve ?? []).flatMap((p) =>
      p.clippedKinds ? [p.clippedKinds] : [],
    );
    if (points.length === 0) return [];
    const kinds = Object.keys(points[0]);
    const shares = kinds.map((kind) => [kind, mean(points.map((p) => p[kind] ?? 0))]);
    return [[row.seed, Object.fromEntries(shares) as Record<string, number>] as const];
  });
  return new Map(entries);
}

export const normsClippedMost: LedgerClaim = {
  id: 'norms-clipped-most',
  text: 'Adaptive clipping cuts a larger share of coordinates in normalisation layers than in any other kind of layer.',
  source: 'arXiv 2506.12543, section 4.2',
  experiment: 'adaptive-clipping',
  paper: 'Normalisation layers are clipped the most.',
  figure: 'clip-shares',
  judge(study) {
    const arm = study.arms.find((name) => name.startsWith('adaptive-0.1')) ?? 'adaptive-0.1';
    const shares = sharesOf(study, arm);
    const seeds = [...shares.values()];
    const nothing = `there are no shares of clipped coordinates of ${arm}`;
    const missing = [
      ...missingAt(study.cells, [{ ...spot(study, largest(study)), arm }]),
      ...study.seeds.filter((seed) => !shares.has(seed)).map((seed) => `shares of seed ${seed}`),
    ];
    if (seeds.length === 0 || !seeds.every((share) => 'norm' in share))
      return withhold(undecided(nothing), missing);
    const others = Object.keys(seeds[0]).filter((kind) => kind !== 'norm');
    const next = others.reduce((a, b) =>
      mean(seeds.map((s) => s[a])) >= mean(seeds.map((s) => s[b])) ? a : b,
    );
    const lead = new Map([...shares].map(([seed, share]) => [seed, share.norm - share[next]]));
    return decideBySeed({ bySeed: lead, missing }, nothing, {
      side: 'above',
      margin: 0,
      unit: 'of the coordinates',
      what: `Share clipped in norms minus that in ${next}, the most clipped of the others, for ${arm}`,
    });
  },
};
