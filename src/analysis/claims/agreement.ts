// What a verdict means for the work that its claim is from.

import type { Attribution } from './attribution.ts';
import type { ClaimVerdict } from './claim.ts';

/** What a verdict means for the work that the claim is from. */
export type Agreement = 'agrees' | 'disagrees' | 'open' | 'not tested by the paper';

export function agreement(verdict: ClaimVerdict, says: Attribution['says']): Agreement {
  if (says === 'nothing') return 'not tested by the paper';
  if (verdict === 'inconclusive') return 'open';
  return (verdict === 'supported') === (says === 'yes') ? 'agrees' : 'disagrees';
}
