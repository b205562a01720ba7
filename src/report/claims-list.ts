// Statements about the gap that every study with two optimizers is tested on, as a list.
import type { Claim } from '../analysis/claims.ts';
import { type Html, html } from './html.ts';
import { howVerdictsAreMade, sameForAll } from './verdicts.ts';

export const claimsList = (claims: readonly Claim[]): Html =>
  html`<p>${sameForAll} ${howVerdictsAreMade}</p><ul>${claims.map(
    (claim) =>
      html`<li><span class="verdict ${claim.verdict}">${claim.verdict}</span>: ${claim.text}<br><span class="muted">${claim.evidence}</span></li>`,
  )}</ul>`;
