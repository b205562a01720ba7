// The section on the labs of a study: what no claim of it shows already.
import type { DrawnFigure } from './drawn.ts';
import { html } from './html.ts';
import { labDrawings } from './labs/registry.ts';
import { figurePart, type Section } from './page-parts.ts';
import type { LoadedStudy, Summary } from './types.ts';

export function theoryFigures({ study, theory }: LoadedStudy, summary: Summary): DrawnFigure[] {
  const shown = summary.claims.flatMap((claim) => ('figure' in claim ? [claim.figure] : []));
  const arms = Object.keys(study.optimizers);
  return theory.flatMap((run) => labDrawings(run, arms)).filter(({ name }) => !shown.includes(name));
}

export const theorySection = (figures: readonly DrawnFigure[]): Section | null =>
  figures.length === 0
    ? null
    : {
        id: 'simulations',
        title: 'Simulated beside it',
        body: html`<p>Small problems without a model or data, run with this study; <code>gaplab theory</code> explains and varies them.</p>
${figures.map(figurePart)}`,
      };
