// The gap at a place of a study as part of a figure's row, and lines of it along training.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { type Contrast, contrast, gapTerms } from '../analysis/claims/contrast.ts';
import type { spot } from '../analysis/claims/places.ts';
import { displayName } from '../analysis/names.ts';
import type { Axis } from '../figures/line-axes.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { levelSeries, lineColumns } from './figure-rows.ts';

export type Pair = readonly [challenger: string, baseline: string];
type Spot = ReturnType<typeof spot>;

const contrastAt = ({ cells }: StudyFacts, at: Spot, [challenger, baseline]: Pair): Contrast =>
  contrast(cells, gapTerms(at, challenger, baseline));

/** The gap where no run of it is missing: a cell that is not finished may yet get a better rate. */
export function finishedGap(study: StudyFacts, at: Spot, pair: Pair): Contrast {
  const found = contrastAt(study, at, pair);
  return found.kind === 'known' && found.missing.length > 0
    ? { kind: 'unknown', why: found.missing.join(', ') }
    : found;
}

/** A gap as part of a row. */
export function gapPart(found: Contrast) {
  if (found.kind !== 'known') {
    const note = found.kind === 'infinite' ? 'every run diverged' : 'no loss yet';
    return { value: null, lo: null, hi: null, open: false, note };
  }
  const [lo, hi] = found.ci95 ?? [null, null];
  return { value: found.effect, lo, hi, open: found.open.length > 0, note: '' };
}

export const gapAt = (study: StudyFacts, at: Spot, pair: Pair) => gapPart(contrastAt(study, at, pair));

export const gapLabel = ({ models }: StudyFacts, [challenger, baseline]: Pair): string =>
  `${displayName(challenger)} − ${displayName(baseline)} (nats/${lossPer(models)}); above 0: ${displayName(challenger)} is worse`;

/** The gap along training, a line for each batch size. `x`: how long a run is. */
export function gapLines(
  study: StudyFacts,
  pair: Pair,
  { aria, ...about }: { name: string; title: string; aria: string },
  x: Axis,
  rows: readonly LineRow[],
): DrawnFigure {
  return drawn(
    {
      ...about,
      caption: 'Each point is a run of that length, tuned for it; bands are 95% intervals over seeds.',
    },
    linesFigure({
      aria,
      x,
      y: { label: gapLabel(study, pair), scale: 'linear', include: [0] },
      series: levelSeries(rows),
      band: '95% interval',
      open: 'unbracketed',
      rules: [0],
    }),
    rows,
    lineColumns,
    study.arms,
  );
}
