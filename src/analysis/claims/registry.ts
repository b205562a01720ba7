// The ledger's table of contents: a new claim is one file and one line here.
import { accumulation } from './accumulation.ts';
import { adaptiveClipHelps } from './adaptive-clip-helps.ts';
import { architecturesSameTrend } from './architectures-same-trend.ts';
import { type Attribution, attributions } from './attribution.ts';
import { beta2HalfLife } from './beta2-half-life.ts';
import { beta2TokensLong } from './beta2-tokens-long.ts';
import type { JudgedLedgerClaim, LedgerClaim, StudyFacts } from './claim.ts';
import { clipHelpsSmallBatch, clipNormsSameTrend } from './clip-norms.ts';
import { clippingNeeded } from './clipping-needed.ts';
import { criticalFit, criticalLinear } from './critical-batch.ts';
import { decaySameTrend } from './decay-same-trend.ts';
import { driftBeyondMemory, driftLarge, driftSmall } from './drift-hybrid.ts';
import { gapEqualSteps } from './gap-equal-steps.ts';
import { gapEqualTokens } from './gap-equal-tokens.ts';
import { gapGrows } from './gap-grows.ts';
import { gapShrinksWithSteps } from './gap-shrinks-with-steps.ts';
import { graftDirection } from './graft-direction.ts';
import { headClosesMost } from './head-closes-most.ts';
import { blocksDiffer, heterogeneityFollowsGap } from './heterogeneity.ts';
import { mapLargeBatchCloses, mapSmallBatchOpens } from './map.ts';
import { maskedLmSameTrend } from './masked-lm-same-trend.ts';
import { momentumLargeBatch } from './momentum-large-batch.ts';
import { noiseGaussian, noiseInverseBatch } from './noise.ts';
import { normsClippedMost } from './norms-clipped-most.ts';
import { openingDrift, openingMomentum, openingNoiseScale } from './opening.ts';
import { orderLargeBatch } from './order-large-batch.ts';
import { rareTokensLag } from './rare-tokens-lag.ts';
import { adamSmallIsSgd, adasgdCloses, invariantAdam, noiseOutHelps } from './relatives.ts';
import { scalingSgd, scalingSign, scalingTheorem } from './scaling.ts';
import { schedulesSameTrend } from './schedules-same-trend.ts';
import { sgdWinsLong } from './sgd-wins-long.ts';
import { adamSumNearZero, sharpnessFollowsGap, sharpnessHigher } from './sharpness.ts';
import { signCloseToAdam } from './sign-close-to-adam.ts';
import { sizesClose } from './sizes-close.ts';
import { toyLagBatch, toyRareLag } from './theory-imbalance.ts';
import { quadraticBlocks, quadraticNoise, quadraticSmallBatch } from './theory-quadratic.ts';
import { sdeBatch, sdeMatches, sdeMomentum } from './theory-sde.ts';
import { visionSameTrend } from './vision-same-trend.ts';

const table: readonly LedgerClaim[] = [
  gapGrows,
  gapEqualTokens,
  gapEqualSteps,
  gapShrinksWithSteps,
  mapSmallBatchOpens,
  mapLargeBatchCloses,
  sgdWinsLong,
  beta2TokensLong,
  sizesClose,
  clippingNeeded,
  clipNormsSameTrend,
  clipHelpsSmallBatch,
  momentumLargeBatch,
  orderLargeBatch,
  signCloseToAdam,
  beta2HalfLife,
  schedulesSameTrend,
  decaySameTrend,
  architecturesSameTrend,
  maskedLmSameTrend,
  visionSameTrend,
  graftDirection,
  adaptiveClipHelps,
  normsClippedMost,
  rareTokensLag,
  toyRareLag,
  toyLagBatch,
  sharpnessHigher,
  sharpnessFollowsGap,
  adamSumNearZero,
  blocksDiffer,
  heterogeneityFollowsGap,
  quadraticBlocks,
  quadraticSmallBatch,
  quadraticNoise,
  accumulation,
  headClosesMost,
  criticalLinear,
  criticalFit,
  driftSmall,
  driftLarge,
  driftBeyondMemory,
  adasgdCloses,
  invariantAdam,
  adamSmallIsSgd,
  noiseOutHelps,
  openingDrift,
  openingMomentum,
  openingNoiseScale,
  noiseInverseBatch,
  noiseGaussian,
  scalingSgd,
  scalingSign,
  scalingTheorem,
  sdeBatch,
  sdeMatches,
  sdeMomentum,
];

/** Claims with whose they are. */
export const claims: readonly (LedgerClaim & Attribution)[] = table.map((claim) => ({
  ...claim,
  ...attributions[claim.id],
}));

/** Every claim about `experiment`, judged on a study of it. */
export function gradeClaims(experiment: string, study: StudyFacts): JudgedLedgerClaim[] {
  return claims
    .filter((claim) => claim.experiment === experiment)
    .map(({ judge, ...claim }) => ({ ...claim, ...judge(study) }));
}
