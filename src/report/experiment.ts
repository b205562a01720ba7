// The section of a report about an experiment of the paper: figure by figure, what was found there, what here, the difference.
import type { GradedClaim } from '../analysis/claims/claim.ts';
import type { DrawnFigure } from './drawn.ts';
import { experimentFigures } from './experiment-figures.ts';
import { type Html, html } from './html.ts';
import { factsOf } from './summary.ts';
import type { LoadedStudy, Summary } from './types.ts';

export const isGraded = (claim: Summary['claims'][number]): claim is GradedClaim => 'experiment' in claim;

/** The figures that the claims of the study's experiment ask for; none for other studies. */
export function figuresOf(loaded: LoadedStudy, summary: Summary): DrawnFigure[] {
  const { baseline, challenger } = summary;
  const names = summary.claims.filter(isGraded).map(({ figure }) => figure);
  if (baseline === null || challenger === null) return [];
  return experimentFigures(factsOf(loaded, summary.cells), names, [challenger, baseline]);
}

const differences: Record<GradedClaim['verdict'], string> = {
  supported: 'None in kind: it holds here, at this scale.',
  refuted: 'It does not hold here.',
  inconclusive: 'These runs cannot tell.',
};

/** What paper and study say, and how they differ, as text. */
export const difference = ({ verdict }: GradedClaim): string => differences[verdict];

export function experimentSection(
  figures: readonly DrawnFigure[],
  summary: Summary,
  show: (figure: DrawnFigure) => Html,
): Html | string {
  const claims = summary.claims.filter(isGraded);
  if (claims.length === 0) return '';
  const item = (
    claim: GradedClaim,
  ) => html`<li><span class="verdict ${claim.verdict}">${claim.verdict}</span>: ${claim.text}
<br>The paper: ${claim.paper} <span class="muted">(${claim.source})</span>
<br>This study${summary.size && ` (${summary.size})`}: ${claim.evidence}
<br>Difference: ${difference(claim)}</li>`;
  return html`<h2>Beside the paper: claims and verdicts</h2>
<p>Each claim was written down before the runs, with the test that decides it: supported or refuted when the whole 95% interval lies on one
side, inconclusive otherwise.</p>
${figures.map((figure) => html`${show(figure)}<ul>${claims.filter((claim) => claim.figure === figure.name).map(item)}</ul>`)}`;
}
