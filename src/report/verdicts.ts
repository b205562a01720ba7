// Verdicts in words.
import type { ClaimVerdict } from '../analysis/claims/claim.ts';

/** Before the claim, in an answer. */
export const verdictWords: Record<ClaimVerdict, string> = {
  supported: 'Supported',
  refuted: 'Refuted',
  inconclusive: 'Inconclusive',
};

/** What a verdict means: one sentence for every page that shows verdicts. */
export const howVerdictsAreMade =
  'A claim is supported or refuted when the whole 95% interval of its number lies on one side of the claim’s margin; otherwise it is inconclusive.';

/** For claims on the paper. */
export const writtenBefore =
  'Each claim was written down before the runs, together with the test that decides it.';

/** For the statements that every study with a gap is tested on. */
export const sameForAll = 'gaplab tests these statements on every study that compares two optimizers.';
