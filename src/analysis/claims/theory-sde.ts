// Theorem 1 in simulation: the SDEs beside their algorithms, with batch size varied.
import type { Method } from '../../theory/names.ts';
import { deviation, type SdeRow } from '../../theory/sde-lab.ts';
import { checkpointOf, middleNoise } from '../../theory/specs/sde.ts';
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { all, decideNumber, ONE_SIZE, type Test, undecided } from './decide.ts';
import { labOf } from './labs.ts';

const missing = 'the simulation of the SDEs has not been run, or diverged';
/** Two-sided 95% of the normal law: errors are those of means over thousands of paths. */
const Z = 1.96;

/**
 * Whether the SDE of every method stays within its share (%) of the algorithm's
 * mean loss up to the step of comparison.
 */
function within(study: StudyFacts, shares: Partial<Record<Method, number>>): Judgement {
  const lab = labOf(study, 'sde');
  if (!lab) return undecided(missing, '%');
  const until = checkpointOf(lab.spec);
  return all(
    (Object.entries(shares) as [Method, number][]).map(([method, margin]) => {
      const worst = deviation(lab.result.rows, method, until);
      if (!worst) return undecided(missing, '%');
      const share = 100 * worst.share;
      const error = worst.error && 100 * Z * worst.error;
      const test: Test = {
        ...{ side: 'below', margin, unit: '%' },
        what: `The largest distance of ${method} from its SDE (σ ${worst.sigma}, batch size ${worst.batchSize}, step ${worst.step})`,
      };
      return decideNumber(
        share,
        error === null ? null : [share - error, share + error],
        test,
        diverged(lab.result.rows, method, until),
      );
    }),
  );
}

const common = { experiment: 'scaling', source: 'arXiv 2506.12543, Theorem 1 and Fig. 13' };

export const sdeMatches: LedgerClaim = {
  ...common,
  id: 'sde-matches',
  text: 'On a noisy quadratic the SDEs of Theorem 1 describe the algorithms at every batch size and level of noise: mean losses of SGD agree within 5%, those of SignSGD within 1%, in the first half of the run.',
  paper: 'Simulated paths of the SDEs lie on those of the algorithms, at three levels of noise.',
  figure: 'sde-loss-by-step',
  judge: (study) => within(study, { sgd: 5, signsgd: 1 }),
};

export const sdeBatch: LedgerClaim = {
  ...common,
  id: 'sde-batch',
  text: 'On a noisy quadratic batch size speeds up sign descent and not SGD: from the smallest to the largest batch the loss after equal steps falls at least twice as much for SignSGD as for SGD.',
  paper:
    'The drift of SGD has no batch size in it; the figure varies noise, and a reviewer asked for batch size.',
  figure: 'sde-loss-by-batch',
  judge(study) {
    const lab = labOf(study, 'sde');
    if (!lab) return undecided(missing, 'doublings');
    const sizes = lab.spec.batchSizes.toSorted((a, b) => a - b);
    if (sizes[0] === sizes[sizes.length - 1]) return undecided(ONE_SIZE, 'doublings');
    const rows = lab.result.rows.filter(({ sigma }) => sigma === middleNoise(lab.spec.sigma));
    const [sign, plain] = (['signsgd', 'sgd'] as const).map((method) =>
      fall(rows, method, [sizes[0], sizes[sizes.length - 1]], checkpointOf(lab.spec)),
    );
    if (!sign || !plain) return undecided(missing, 'doublings');
    const effect = sign.doublings - plain.doublings;
    const error = Z * Math.hypot(sign.error, plain.error);
    const test: Test = {
      ...{ side: 'above', margin: 1, unit: 'doublings' },
      what: 'How much further the loss of SignSGD falls than that of SGD',
    };
    // Both ends are there, or the fall would be unknown.
    const judged = decideNumber(effect, [effect - error, effect + error], test, []);
    const times = (fall: { doublings: number }) => (2 ** fall.doublings).toFixed(2);
    return {
      ...judged,
      evidence: `${judged.evidence} From batch size ${sizes[0]} to ${sizes[sizes.length - 1]} the loss after ${checkpointOf(lab.spec)} steps falls ${times(sign)} times for SignSGD, ${times(plain)} times for SGD.`,
    };
  },
};

/**
 * Where a simulation up to `until` has no loss, or none of which a share can be taken,
 * or only one of the two forms, in words.
 */
function diverged(rows: readonly SdeRow[], method: Method, until: number): string[] {
  const own = rows.filter((row) => row.method === method && row.step > 0 && row.step <= until);
  const places = Map.groupBy(
    own,
    ({ sigma, batchSize }) => `${method} at σ ${sigma}, batch size ${batchSize}`,
  );
  return [...places].flatMap(([name, list]) => {
    const lost = list.filter(
      ({ loss, standardError }) => loss === null || !(loss > 0) || standardError === null,
    );
    const single = [...Map.groupBy(list, ({ step }) => step).values()].filter(({ length }) => length !== 2);
    const count = lost.length + single.length;
    return count > 0 ? [`${count} of ${list.length} losses of ${name}`] : [];
  });
}

/** By how many doublings the loss at `step` falls from the first batch size to the second. */
function fall(
  rows: readonly SdeRow[],
  method: Method,
  sizes: readonly [number, number],
  step: number,
): { doublings: number; error: number } | null {
  const [from, to] = sizes.map((batchSize) =>
    rows.find(
      (row) =>
        row.method === method && row.form === 'discrete' && row.batchSize === batchSize && row.step === step,
    ),
  );
  if (!from?.loss || !to?.loss || from.standardError === null || to.standardError === null) return null;
  return {
    doublings: Math.log2(from.loss / to.loss),
    error: Math.hypot(from.standardError / from.loss, to.standardError / to.loss) / Math.LN2,
  };
}

export const sdeMomentum: LedgerClaim = {
  ...common,
  id: 'sde-momentum',
  text: 'The SDEs carry over to momentum (SGD at lr/(1 − β), sign descent with a batch (1 + β)/(1 − β) times as large): mean losses agree within 5% in the first half of the run.',
  source: 'derived here, from Theorem 1 of arXiv 2506.12543',
  paper: 'Not in the paper: Theorem 1 has no momentum, the training runs have.',
  figure: 'sde-loss-by-step',
  judge: (study) => within(study, { heavyball: 5, signum: 5 }),
};
