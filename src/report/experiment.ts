// The section of a report about an experiment of the paper: figure by figure, what was found there,
// what here, the difference.
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import type { DrawnFigure } from './drawn.ts';
import { experimentFigures } from './experiment-figures.ts';
import { html } from './html.ts';
import { figurePart, type Section } from './page-parts.ts';
import { factsOf } from './summary.ts';
import type { LoadedStudy, Summary } from './types.ts';
import { howVerdictsAreMade, writtenBefore } from './verdicts.ts';

export const isGraded = (claim: Summary['claims'][number]): claim is JudgedLedgerClaim =>
  'experiment' in claim;

/** The figures that the claims of the study's experiment ask for; none for other studies. */
export function claimFigures(loaded: LoadedStudy, summary: Summary): DrawnFigure[] {
  const { baseline, challenger } = summary;
  const names = summary.claims.filter(isGraded).map(({ figure }) => figure);
  if (baseline === null || challenger === null) return [];
  return experimentFigures(factsOf(loaded, summary.cells), names, [challenger, baseline]);
}

/** Whether the claim holds, where the verdict alone would be a word out of nowhere. */
export const inShort: Record<JudgedLedgerClaim['verdict'], string> = {
  supported: 'The claim holds in these runs.',
  refuted: 'The claim does not hold in these runs.',
  inconclusive: 'These runs cannot decide the claim.',
};

export function experimentSection(figures: readonly DrawnFigure[], summary: Summary): Section | null {
  const claims = summary.claims.filter(isGraded);
  if (claims.length === 0) return null;
  const item = (
    claim: JudgedLedgerClaim,
  ) => html`<li><span class="verdict ${claim.verdict}">${claim.verdict}</span>: ${claim.text}
<br>The paper: ${claim.paper} <span class="muted">(${claim.source})</span>
<br>This study${summary.size && ` (size ${summary.size})`}: ${claim.evidence} ${inShort[claim.verdict]}</li>`;
  return {
    id: 'claims',
    title: 'Claims of the paper, tested here',
    body: html`<p>${writtenBefore} ${howVerdictsAreMade}</p>
${figures.map((figure) => html`${figurePart(figure)}<ul>${claims.filter((claim) => claim.figure === figure.name).map(item)}</ul>`)}`,
  };
}
