// Theorem 1 at work: algorithms beside their SDEs, with noise and batch size as axes.
import { UserError } from '../core/errors.ts';
import type { Method } from './names.ts';
import { type Pace, subPace } from './pace.ts';
import type { Quadratic } from './problem.ts';
import { simulate } from './simulate.ts';

export interface SdeLab {
  methods: readonly Method[];
  /** One problem for each noise level, by its sigma. */
  problems: readonly { sigma: number; problem: Quadratic }[];
  batchSizes: readonly number[];
  lr: number;
  beta: number;
  steps: number;
  /** The step at which losses are compared over batch sizes. */
  checkpoint: number;
  substeps: number;
  paths: number;
  seed: number;
  /** Points along a trajectory. */
  points?: number;
}

export interface SdeRow {
  method: Method;
  form: 'discrete' | 'sde';
  sigma: number;
  batchSize: number;
  step: number;
  /**
   * Mean loss over the paths, its standard error, and the quartiles of the paths; null when paths diverged.
   */
  loss: number | null;
  standardError: number | null;
  q1: number | null;
  q3: number | null;
}

export async function sdeLab(lab: SdeLab, pace: Pace = {}): Promise<SdeRow[]> {
  const { checkpoint, steps, points = 50 } = lab;
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new UserError(`steps must be an integer of at least 1, not ${steps}`);
  if (!(Number.isInteger(checkpoint) && checkpoint >= 1 && checkpoint <= steps))
    throw new UserError(
      `the step to compare at must be from 1 to the ${steps} steps of the run, not ${checkpoint}`,
    );
  const even = Array.from({ length: points + 1 }, (_, i) => Math.round((steps * i) / points));
  const record = [...new Set([...even, checkpoint])].sort((a, b) => a - b);
  const cells = lab.problems.flatMap(({ sigma, problem }) =>
    lab.batchSizes.flatMap((batchSize) =>
      lab.methods.flatMap((method) =>
        (method === 'adam' ? (['discrete'] as const) : (['discrete', 'sde'] as const)).map((form) => ({
          sigma,
          problem,
          batchSize,
          method,
          form,
        })),
      ),
    ),
  );
  const rows: SdeRow[] = [];
  for (const [i, { sigma, problem, batchSize, method, form }] of cells.entries()) {
    const { lr, beta, substeps, paths } = lab;
    // Streams differ between the forms, so that agreement is never that of equal numbers.
    const seed = 2 * lab.seed + (form === 'sde' ? 1 : 0);
    const spec = {
      ...{ method, form, problem, lr, batchSize, beta, paths, seed, record },
      substeps: form === 'sde' ? substeps : 1,
    };
    const losses = await simulate(spec, subPace(pace, i / cells.length, (i + 1) / cells.length));
    for (const at of losses) {
      const known = Number.isFinite(at.mean);
      rows.push({
        ...{ method, form, sigma, batchSize, step: at.step, loss: known ? at.mean : null },
        standardError: known && Number.isFinite(at.standardError) ? at.standardError : null,
        ...{ q1: known ? at.q1 : null, q3: known ? at.q3 : null },
      });
    }
  }
  return rows;
}

/**
 * How far the SDE lies from the algorithm, as a share of the loss, up to `until`:
 * the largest over steps and batch sizes. `error` is its standard error, null where it is not known.
 * Places at which either diverged, or without a loss to take a share of, are left out.
 */
export function deviation(
  rows: readonly SdeRow[],
  method: Method,
  until: number,
): { share: number; error: number | null; batchSize: number; sigma: number; step: number } | null {
  const key = (row: SdeRow) => `${row.sigma} ${row.batchSize} ${row.step}`;
  const sdes = new Map(
    rows.filter((row) => row.form === 'sde' && row.method === method).map((row) => [key(row), row]),
  );
  let worst: ReturnType<typeof deviation> = null;
  for (const row of rows) {
    const sde = sdes.get(key(row));
    if (row.form !== 'discrete' || row.method !== method || row.step === 0 || row.step > until) continue;
    if (row.loss === null || sde?.loss === undefined || sde.loss === null || !(row.loss > 0)) continue;
    const share = Math.abs(sde.loss - row.loss) / row.loss;
    const errors = [row.standardError, sde.standardError].filter((one) => one !== null);
    const error = errors.length === 2 ? Math.hypot(...errors) / row.loss : null;
    if (!worst || share > worst.share)
      worst = { share, error, batchSize: row.batchSize, sigma: row.sigma, step: row.step };
  }
  return worst;
}

/** Throws UserError unless `target` is a share of the first loss that has to be descended to. */
export function checkTarget(target: number): void {
  if (!(target > 0 && target < 1))
    throw new UserError(`the target must be a share of the first loss between 0 and 1, not ${target}`);
}

/** First step (interpolated) at which the mean loss is at most `target`; null when it never is. */
export function stepsTo(
  target: number,
  curve: readonly { step: number; loss: number | null }[],
): number | null {
  for (let i = 0; i < curve.length; i++) {
    const { step, loss } = curve[i];
    if (loss === null || loss > target) continue;
    const before = curve[i - 1];
    if (!before || before.loss === null) return step;
    // Losses fall about exponentially between two points, though not to nothing.
    const share = Math.log(before.loss / target) / Math.log(before.loss / Math.max(loss, 1e-3 * target));
    return before.step + Math.min(1, share) * (step - before.step);
  }
  return null;
}
