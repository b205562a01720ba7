// Statements about the gap that every study with two optimizers is tested on, as a list.
import type { Judged } from '../analysis/claims/claim.ts';
import { type Html, html } from './html.ts';
import { howVerdictsAreMade, sameForAll } from './verdicts.ts';

export const claimsList = (claims: readonly Judged[]): Html =>
  html`<p>${sameForAll} ${howVerdictsAreMade}</p><ul>${claims.map(
    (claim) =>
      html`<li><span class="verdict ${claim.verdict}">${claim.verdict}</span>: ${claim.text}<br><span class="muted">${claim.evidence}</span></li>`,
  )}</ul>`;
