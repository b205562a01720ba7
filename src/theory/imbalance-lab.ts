// The linear toy of Kunstner et al. (arXiv 2402.19449): softmax regression with classes as unequally frequent
// as words. They train it on the full batch; here mini-batches are tried too: batch size is the question.

import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { hasDiverged } from './diverged.ts';
import { imbalanceSamples } from './imbalance-samples.ts';
import type { ImbalanceMethod } from './names.ts';
import { keepPace, type Pace } from './pace.ts';

export interface ImbalanceLab {
  /** Frequency levels m: level i has 2^i classes of 2^(m-i) samples each, so levels are equally large. */
  levels: number;
  methods: readonly ImbalanceMethod[];
  /** Samples per step; the number of samples, or more, is the full batch. */
  batchSizes: readonly number[];
  /** Every batch size takes `steps`, or as many as give `epochs` passes. */
  budget: { steps: number } | { epochs: number };
  beta: number;
  /** Seeds of data and order: every learning rate is tried with all of them. */
  seeds: number;
  seed: number;
}

export interface ImbalanceRow {
  method: ImbalanceMethod;
  batchSize: number;
  lr: number;
  /** Level of frequency: 0 has the most frequent class. */
  level: number;
  classes: number;
  samplesPerClass: number;
  step: number;
  /** Mean loss of the samples of the level, mean over seeds, and their range. */
  loss: number;
  lo: number;
  hi: number;
  /** In the order of the seeds; null where one diverged. */
  bySeed: (number | null)[];
}

export interface ImbalanceTuned {
  method: ImbalanceMethod;
  batchSize: number;
  steps: number;
  lr: number;
  /** Mean over the seeds; null where any diverged. */
  loss: number | null;
  /** Mean final losses, null where any seed diverged, and how many did. */
  tried: { lr: number; loss: number | null; diverged?: number }[];
  bracketed: boolean;
}

interface Toy {
  samples: number;
  dim: number;
  classes: number;
  /** Inputs, sample by sample. */
  inputs: Float32Array;
  labels: Int32Array;
  levelOf: Int32Array;
}

/**
 * The data: n = m 2^m samples in (m + 1) 2^m dimensions (more than samples: it can be fitted),
 * inputs uniform on [0, 1].
 */
function createToy(levels: number, seed: number): Toy {
  const perLevel = 2 ** levels;
  const samples = levels * perLevel;
  const dim = (levels + 1) * perLevel;
  const rng = createRng(seed, 'theory imbalance data');
  const inputs = Float32Array.from({ length: samples * dim }, () => rng.uniform());
  const labels = new Int32Array(samples);
  const levelOf = new Int32Array(samples);
  let sample = 0;
  let first = 0;
  for (let level = 0; level < levels; level++) {
    const each = perLevel / 2 ** level;
    for (let c = 0; c < 2 ** level; c++)
      for (let k = 0; k < each; k++, sample++) {
        labels[sample] = first + c;
        levelOf[sample] = level;
      }
    first += 2 ** level;
  }
  return { samples, dim, classes: 2 ** levels - 1, inputs, labels, levelOf };
}

type Curve = { step: number; byLevel: number[]; loss: number }[];

/** One run from zero weights, to its end or until its loss is no number any more; null when it diverged. */
async function run(
  toy: Toy,
  levels: number,
  settings: {
    method: ImbalanceMethod;
    batchSize: number;
    steps: number;
    lr: number;
    beta: number;
    seed: number;
  },
  tick: () => Promise<void> | undefined,
): Promise<Curve | null> {
  const { samples, dim, classes, inputs, labels } = toy;
  const { method, batchSize, steps, lr, beta, seed } = settings;
  const size = dim * classes;
  const [w, g, m, v] = [0, 1, 2, 3].map(() => new Float32Array(size));
  const rng = createRng(seed, 'theory imbalance order');
  const order = Int32Array.from({ length: samples }, (_, i) => i);
  const logits = new Float32Array(classes);
  const every = Math.max(1, Math.round(steps / 30));
  const curve: Curve = [];
  let next = samples;
  let power = 1;
  /** Derivatives of a sample's loss by the logits, into `logits`; gives the loss. */
  const forward = (sample: number): number => {
    logits.fill(0);
    for (let d = 0; d < dim; d++) {
      const x = inputs[sample * dim + d];
      const row = d * classes;
      for (let c = 0; c < classes; c++) logits[c] += x * w[row + c];
    }
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) top = Math.max(top, logits[c]);
    const own = logits[labels[sample]] - top;
    let others = 0;
    for (let c = 0; c < classes; c++) {
      const odds = Math.exp(logits[c] - top);
      logits[c] = odds;
      if (c !== labels[sample]) others += odds;
    }
    const sum = others + Math.exp(own);
    for (let c = 0; c < classes; c++) logits[c] /= sum;
    // Where the label is nearly certain, its probability less 1 and the loss keep their digits.
    logits[labels[sample]] = -others / sum;
    return own === 0 ? Math.log1p(others) : Math.log(sum) - own;
  };
  const measure = (step: number): boolean => {
    const byLevel = new Array<number>(levels).fill(0);
    for (let s = 0; s < samples; s++) byLevel[toy.levelOf[s]] += forward(s) / (samples / levels);
    const loss = byLevel.reduce((sum, x) => sum + x, 0) / levels;
    curve.push({ step, byLevel, loss });
    return Number.isFinite(loss);
  };
  for (let step = 0; step < steps; step++) {
    if (step % every === 0 && !measure(step)) return null;
    g.fill(0);
    const take = Math.min(batchSize, samples);
    for (let b = 0; b < take; b++) {
      if (next === samples) {
        for (let i = samples - 1; i > 0; i--) {
          const j = rng.below(i + 1);
          [order[i], order[j]] = [order[j], order[i]];
        }
        next = 0;
      }
      const sample = order[next++];
      forward(sample);
      for (let d = 0; d < dim; d++) {
        const x = inputs[sample * dim + d] / take;
        const row = d * classes;
        for (let c = 0; c < classes; c++) g[row + c] += x * logits[c];
      }
    }
    power *= beta;
    // Cosine to zero: at a constant rate the best one is at the border of chaos,
    // and the last losses are chance.
    const rate = 0.5 * lr * (1 + Math.cos((Math.PI * step) / steps));
    const bias = 1 - power;
    // SGD as heavy ball, so that its learning rate is the usual one; the others average.
    const gain = method === 'sgd' ? 1 : 1 - beta;
    for (let i = 0; i < size; i++) {
      m[i] = beta * m[i] + gain * g[i];
      if (method === 'sgd') w[i] -= rate * m[i];
      else if (method === 'signum') w[i] -= rate * Math.sign(m[i]);
      else {
        v[i] = beta * v[i] + gain * g[i] * g[i];
        w[i] -= (rate * m[i]) / bias / (Math.sqrt(v[i] / bias) + 1e-8);
      }
    }
    await tick();
  }
  measure(steps);
  return hasDiverged(curve[0].loss, curve[curve.length - 1].loss) ? null : curve;
}

/** First guesses; the search goes on by factors of sqrt(10) from there. */
const guesses: Record<ImbalanceMethod, number> = { sgd: 0.03, adam: 0.003, signum: 0.001 };

export async function imbalanceLab(
  lab: ImbalanceLab,
  pace: Pace = {},
): Promise<{ rows: ImbalanceRow[]; tuned: ImbalanceTuned[] }> {
  check(lab);
  const { levels } = lab;
  const samples = imbalanceSamples(levels);
  const toys = Array.from({ length: lab.seeds }, (_, s) => createToy(levels, lab.seed + s));
  const sizes = [...new Set(lab.batchSizes.map((size) => Math.min(size, samples)))].sort((a, b) => a - b);
  const cells = sizes.flatMap((batchSize) => lab.methods.map((method) => ({ method, batchSize })));
  const tick = keepPace(pace);
  const rows: ImbalanceRow[] = [];
  const tuned: ImbalanceTuned[] = [];
  for (const [i, { method, batchSize }] of cells.entries()) {
    const steps =
      'steps' in lab.budget
        ? lab.budget.steps
        : Math.max(1, Math.round((lab.budget.epochs * samples) / batchSize));
    const tried = new Map<number, (Curve | null)[]>();
    /** The rate 10^(k/2) with every seed. */
    const attempt = async (k: number): Promise<(Curve | null)[]> => {
      const settings = { method, batchSize, steps, lr: 10 ** (k / 2), beta: lab.beta };
      const curves: (Curve | null)[] = [];
      for (const [s, toy] of toys.entries())
        curves.push(
          await run(toy, levels, { ...settings, seed: lab.seed + s }, () =>
            tick((i + Math.min(0.9, (tried.size + s / lab.seeds) / 6)) / cells.length),
          ),
        );
      return curves;
    };
    const start = Math.round(2 * Math.log10(guesses[method]));
    const lossAt = async (k: number) => {
      if (!tried.has(k)) tried.set(k, await attempt(k));
      return finalLoss(tried.get(k)!) ?? Number.POSITIVE_INFINITY;
    };
    let best = start;
    let bracketed = false;
    for (let moves = 0; moves < 12 && !bracketed; moves++) {
      const [down, here, up] = [await lossAt(best - 1), await lossAt(best), await lossAt(best + 1)];
      if (here <= down && here <= up && Number.isFinite(here)) bracketed = true;
      else best += down < up || !Number.isFinite(here) ? -1 : 1;
    }
    const lr = 10 ** (best / 2);
    const all = tried.get(best)!;
    const curves = all.filter((curve) => curve !== null);
    const list = [...tried]
      .sort((a, b) => a[0] - b[0])
      .map(([k, tries]) => ({
        lr: 10 ** (k / 2),
        loss: finalLoss(tries),
        diverged: tries.filter((curve) => curve === null).length,
      }));
    tuned.push({
      method,
      batchSize,
      steps,
      lr,
      loss: finalLoss(all),
      tried: list,
      bracketed,
    });
    for (let level = 0; level < levels; level++)
      for (let point = 0; point < (curves[0]?.length ?? 0); point++) {
        const losses = curves.map((curve) => curve[point].byLevel[level]);
        rows.push({
          ...{
            method,
            batchSize,
            lr,
            level,
            classes: 2 ** level,
            samplesPerClass: 2 ** (levels - level),
          },
          step: curves[0][point].step,
          loss: losses.reduce((sum, x) => sum + x, 0) / losses.length,
          ...{ lo: Math.min(...losses), hi: Math.max(...losses) },
          bySeed: all.map((curve) => curve?.[point].byLevel[level] ?? null),
        });
      }
  }
  return { rows, tuned };
}

/** Mean over the seeds; null where one diverged: a rate that fails now and then is none to choose. */
function finalLoss(curves: readonly (Curve | null)[]): number | null {
  const last = curves.map((curve) => curve?.at(-1)?.loss ?? Number.NaN);
  const mean = last.reduce((sum, x) => sum + x, 0) / last.length;
  return Number.isFinite(mean) ? mean : null;
}

function check({ levels, batchSizes, budget, beta, seeds }: ImbalanceLab): void {
  if (!(Number.isInteger(levels) && levels >= 2 && levels <= 8))
    throw new UserError(
      `levels must be an integer from 2 to 8 (samples and classes double with each), not ${levels}`,
    );
  const [name, value] = 'steps' in budget ? ['steps', budget.steps] : ['epochs', budget.epochs];
  for (const [what, number] of [
    [name, value],
    ['seeds', seeds],
    ...batchSizes.map((size) => ['batch size', size]),
  ] as [string, number][])
    if (!(Number.isInteger(number) && number >= 1))
      throw new UserError(`${what} must be an integer of at least 1, not ${number}`);
  if (!(beta >= 0 && beta < 1)) throw new UserError(`momentum must be at least 0 and below 1, not ${beta}`);
}
