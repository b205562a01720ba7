// The section on gradient noise: in the report of every study whose runs measured
// it and that has a gap over batch sizes.
import type { DrawnFigure } from './drawn.ts';
import { html } from './html.ts';
import { openingDrawing, openingTrainingDrawing } from './opening-figures.ts';
import { figurePart, type Section } from './page-parts.ts';
import { factsOf } from './summary.ts';
import type { LoadedStudy, Summary } from './types.ts';

/** What no claim of the study shows already. */
export function noiseFigures(loaded: LoadedStudy, summary: Summary): DrawnFigure[] {
  const { baseline, challenger } = summary;
  const { probes = [], batchSizes } = loaded.study;
  if (baseline === null || challenger === null || batchSizes.length < 2) return [];
  if (!probes.some(({ name }) => name === 'noise')) return [];
  const isMain = (gap: Summary['gaps'][number]) => gap.challenger === challenger && gap.bracketed;
  // An opening is between two batch sizes at which both were tuned.
  if (summary.gaps.filter(isMain).length < 2) return [];
  const shown = summary.claims.flatMap((claim) => ('figure' in claim ? [claim.figure] : []));
  const facts = factsOf(loaded, summary.cells);
  return [openingDrawing, openingTrainingDrawing]
    .map((draw) => draw(facts, [challenger, baseline]))
    .filter(({ name }) => !shown.includes(name));
}

export const noiseSection = (figures: readonly DrawnFigure[]): Section | null =>
  figures.length === 0
    ? null
    : {
        id: 'noise',
        title: 'What gradient noise predicts',
        body: html`<p>The probe <code>noise</code> measured it in the further seeds of the winners. Nothing here is fitted to the gap.</p>
${figures.map(figurePart)}`,
      };
