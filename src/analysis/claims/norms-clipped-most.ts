// Which layers adaptive clipping cuts.
import { mean, tInterval } from '../stats.ts';
import type { ClaimDef, StudyFacts } from './claim.ts';
import { decideNumber, undecided } from './decide.ts';
import { largest, spot, winnersAt } from './places.ts';

/** Mean share of clipped coordinates by kind of layer, of each seed of the best setting of an arm. */
function sharesOf(study: StudyFacts, arm: string): Record<string, number>[] {
  return winnersAt(study, { ...spot(study, largest(study)), arm }).flatMap((row) => {
    const points: Record<string, number>[] = (row.lossCurve ?? []).flatMap((p) =>
      p.clippedKinds ? [p.clippedKinds] : [],
    );
    if (points.length === 0) return [];
    const kinds = Object.keys(points[0]);
    return [Object.fromEntries(kinds.map((kind) => [kind, mean(points.map((p) => p[kind] ?? 0))]))];
  });
}

export const normsClippedMost: ClaimDef = {
  id: 'norms-clipped-most',
  text: 'Adaptive clipping cuts a larger share of coordinates in normalisation layers than in any other kind of layer.',
  source: 'arXiv 2506.12543, section 4.2',
  experiment: 'adaptive-clipping',
  paper: 'Normalisation layers are clipped most.',
  figure: 'clip-shares',
  judge(study) {
    const arm = study.arms.find((name) => name.startsWith('adaptive-0.1')) ?? 'adaptive-0.1';
    const seeds = sharesOf(study, arm);
    if (seeds.length === 0) return undecided(`there are no shares of clipped coordinates of ${arm}`);
    const others = Object.keys(seeds[0]).filter((kind) => kind !== 'norm');
    const next = others.reduce((a, b) =>
      mean(seeds.map((s) => s[a])) >= mean(seeds.map((s) => s[b])) ? a : b,
    );
    const lead = seeds.map((share) => share.norm - share[next]);
    return decideNumber(
      mean(lead),
      tInterval(lead),
      {
        side: 'above',
        margin: 0,
        unit: 'of the coordinates',
        what: `Share clipped in norms minus that in ${next}, the most clipped of the others, for ${arm}`,
      },
      seeds.length,
    );
  },
};
