// Learning rates and batch size: rules for one against the other, beside the learning
// rate that is best at each batch size.
import { UserError } from '../core/errors.ts';
import { hasDiverged } from './diverged.ts';
import { type Exponent, exponentOfCurve } from './fit.ts';
import type { Method } from './names.ts';
import { type Pace, subPace } from './pace.ts';
import type { Quadratic } from './problem.ts';
import { checkTarget, stepsTo } from './sde-lab.ts';
import { type LossAt, simulate } from './simulate.ts';

/**
 * Learning rate at batch size B: lr(B0) (B / B0)^power; `tuned` searches at each batch size,
 * `shared` is one for all methods.
 */
export const lrRules = { constant: 0, sqrt: 0.5, linear: 1 } as const;
export type LrRule = keyof typeof lrRules | 'tuned';

export interface LrLab {
  methods: readonly Method[];
  problem: Quadratic;
  batchSizes: readonly number[];
  /** Every batch size takes `steps`, or as many as `samples` allow. */
  budget: { steps: number } | { samples: number };
  beta: number;
  beta2: number;
  /** Learning rates tried: 10^(k / perDecade) from `from` to `to`, and beyond an end that wins. */
  lr: { from: number; to: number; perDecade: number };
  /** Steps are counted until this share of the first loss. */
  target: number;
  paths: number;
  seed: number;
}

export interface LrRow {
  method: Method;
  batchSize: number;
  rule: LrRule;
  lr: number;
  steps: number;
  /** Mean final loss; null when it diverged. */
  loss: number | null;
  standardError: number | null;
  /** Only for `tuned`: false when the best learning rate is the last tried on its side. */
  bracketed: boolean;
  /**
   * Fewest steps to the target at any learning rate tried (tuned), or at this one; null when never reached.
   */
  stepsToTarget: number | null;
}

export interface LrFit extends Exponent {
  method: Method;
}

/** Points of a curve that is searched for its target. */
const POINTS = 60;

export async function lrLab(lab: LrLab, pace: Pace = {}): Promise<{ rows: LrRow[]; fits: LrFit[] }> {
  const { methods, problem, lr, target } = lab;
  if (!(lr.from > 0 && lr.to > lr.from))
    throw new UserError(`learning rates must rise from above 0, not from ${lr.from} to ${lr.to}`);
  checkTarget(target);
  const sizes = lab.batchSizes.toSorted((a, b) => a - b);
  const start = problem.lossAt(problem.start, 1, 0);
  const [low, high] = [lr.from, lr.to].map((value) => Math.round(Math.log10(value) * lr.perDecade));
  const rows: LrRow[] = [];
  const cells = methods.flatMap((method) => sizes.map((batchSize) => ({ method, batchSize })));
  for (const [i, { method, batchSize }] of cells.entries()) {
    const steps =
      'steps' in lab.budget ? lab.budget.steps : Math.max(1, Math.round(lab.budget.samples / batchSize));
    // Every early step, then fewer and fewer.
    const even = Array.from({ length: POINTS }, (_, k) => Math.round(steps ** ((k + 1) / POINTS)));
    const record = [...new Set([0, 1, ...even])].sort((x, y) => x - y);
    const run = async (rate: number, share = 0) => {
      const at = (i + Math.min(0.98, share)) / cells.length;
      const spec = {
        method,
        form: 'discrete',
        problem,
        lr: rate,
        batchSize,
        beta: lab.beta,
        beta2: lab.beta2,
      } as const;
      const curve = await simulate(
        { ...spec, paths: lab.paths, seed: lab.seed, record },
        subPace(pace, at, at),
      );
      pace.onProgress?.(at);
      return outcome(curve, target * start);
    };
    const tried = new Map<number, Awaited<ReturnType<typeof run>>>();
    const attempt = async (k: number) => {
      tried.set(k, await run(10 ** (k / lr.perDecade), tried.size / (high - low + 4)));
    };
    for (let k = low; k <= high; k++) await attempt(k);
    let best = winner(tried);
    for (let extra = 0; extra < 12; extra++) {
      const [first, last] = [Math.min(...tried.keys()), Math.max(...tried.keys())];
      if (best !== first && best !== last) break;
      await attempt(best === first ? first - 1 : last + 1);
      best = winner(tried);
    }
    const reached = [...tried.values()].map((one) => one.stepsToTarget).filter((value) => value !== null);
    const tunedLr = 10 ** (best / lr.perDecade);
    const inside = best !== Math.min(...tried.keys()) && best !== Math.max(...tried.keys());
    rows.push({
      ...{ method, batchSize, rule: 'tuned', lr: tunedLr, steps, ...tried.get(best)!, bracketed: inside },
      stepsToTarget: reached.length > 0 ? Math.min(...reached) : null,
    });
    const base = rows.find((row) => row.method === method && row.rule === 'tuned')!;
    for (const [rule, power] of Object.entries(lrRules) as [keyof typeof lrRules, number][]) {
      const rate = base.lr * (batchSize / base.batchSize) ** power;
      rows.push({ method, batchSize, rule, lr: rate, steps, ...(await run(rate, 0.98)), bracketed: true });
    }
  }
  const fits = methods.flatMap((method): LrFit[] => {
    const tuned = rows.filter((row) => row.method === method && row.rule === 'tuned' && row.bracketed);
    const fit = exponentOfCurve(tuned.map((row) => ({ x: row.batchSize, y: row.lr })));
    return fit ? [{ method, ...fit }] : [];
  });
  return { rows, fits };
}

function outcome(
  curve: LossAt[],
  target: number,
): { loss: number | null; standardError: number | null; stepsToTarget: number | null } {
  const known = curve.map(({ step, mean }) => ({ step, loss: Number.isFinite(mean) ? mean : null }));
  const { mean, standardError } = curve[curve.length - 1];
  const ended = !hasDiverged(curve[0].mean, mean);
  const reached = stepsTo(target, known);
  return {
    loss: ended ? mean : null,
    standardError: ended ? standardError : null,
    stepsToTarget: reached === null ? null : Math.max(1, reached),
  };
}

function winner(tried: Map<number, { loss: number | null }>): number {
  const value = (loss: number | null) => loss ?? Number.POSITIVE_INFINITY;
  return [...tried].reduce((a, b) => (value(b[1].loss) < value(a[1].loss) ? b : a))[0];
}

/**
 * The critical batch size by its usual definition: the largest up to which steps to the target
 * fall within 20% of in proportion to 1 / B, counted from the smallest batch size that reaches it;
 * null when nothing reaches it.
 */
export function criticalBatchSize(
  rows: readonly { batchSize: number; stepsToTarget: number | null }[],
): number | null {
  const reached = rows
    .filter((row) => row.stepsToTarget !== null)
    .toSorted((a, b) => a.batchSize - b.batchSize);
  if (reached.length === 0) return null;
  const base = reached[0].batchSize * reached[0].stepsToTarget!;
  let critical = reached[0].batchSize;
  for (const row of reached) {
    if (row.batchSize * row.stepsToTarget! > 1.2 * base) break;
    critical = row.batchSize;
  }
  return critical;
}
