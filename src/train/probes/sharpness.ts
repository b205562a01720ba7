// Probe `sharpness`: what first and second order say of a step's change of loss,
// and what the loss really does.
import { norm, taylor } from '../../analysis/directions.ts';
import type { Sequences } from '../../runtime/hessian.ts';
import { defineProbe, type ProbePoint } from './probe.ts';
import { fixedSequences } from './sequences.ts';
import { updates } from './updates.ts';

export const sharpness = defineProbe({
  name: 'sharpness',
  summary:
    'Taylor terms and true change of loss of the next update, and of the updates other optimizers would make',
  source: 'eq. 1 of arXiv 2506.12543; Pan & Li, arXiv 2306.00204',
  options: {
    sequences: {
      default: 64,
      why: '4096 tokens of nano: a Hessian-vector product in a fifth of a second',
      min: 1,
    },
    batches: {
      default: 20,
      why: 'the memory of a momentum of .95, which pseudo-updates start without',
      min: 1,
    },
  },
  show: {
    table: 'terms',
    columns: ['direction', 'first', 'second', 'sum', 'actual', 'sharpness', 'best'],
  },
  async measure(point, { sequences, batches }) {
    const batch = fixedSequences(point, sequences);
    const gradient = new Float32Array(point.params.length);
    await point.at.gradient(batch, gradient);
    const { list } = await updates(point, batches);
    const before = await lossAt(point, batch, point.params);
    const length = norm(list[0].step);
    const terms = [];
    const hessian = await point.at.hessian(batch);
    try {
      for (const { name, actual, lr, step } of list) {
        await point.breathe();
        const ownNorm = norm(step);
        // Other optimizers' learning rates were not tuned here: their steps are compared
        // at the length of the run's own.
        const factor = actual || ownNorm === 0 ? 1 : length / ownNorm;
        const d = step.map((x) => factor * x);
        const product = new Float32Array(d.length);
        await hessian.times(d, product);
        const after = await lossAt(
          point,
          batch,
          point.params.map((x, i) => x + d[i]),
        );
        terms.push({
          direction: name,
          actualUpdate: actual,
          ownLr: lr,
          ownNorm,
          ...taylor(d, gradient, product, after - before),
        });
      }
    } finally {
      await hessian.close();
    }
    return { terms };
  },
});

/** Mean loss at other parameters, summed in float64: changes of loss are small beside the loss. */
async function lossAt({ at, params }: ProbePoint, batch: Sequences, moved: Float32Array): Promise<number> {
  at.params.set(moved);
  try {
    const losses = await at.tokenLosses(batch);
    return losses.reduce((sum, x) => sum + x, 0) / losses.length;
  } finally {
    at.params.set(params);
  }
}
