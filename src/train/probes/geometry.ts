// Probe `geometry`: how the directions of different optimizers lie to each other,
// and how few coordinates carry them.
import { cosine, norm, signAgreement, topShare } from '../../analysis/directions.ts';
import { defineProbe } from './probe.ts';
import { updates } from './updates.ts';

/** Label of the negative gradient of the next batch. */
const DESCENT = '-gradient';

export const geometry = defineProbe({
  name: 'geometry',
  summary:
    'angles and sign agreement between the updates of optimizers, and the share of an update in its largest coordinates',
  source:
    'arXiv 2306.00204 and 2605.17787 on concentration; section 4.2 of arXiv 2506.12543 on top coordinates',
  options: {
    batches: {
      default: 20,
      why: 'the memory of a momentum of .95, which pseudo-updates start without',
      min: 1,
    },
    top: {
      default: 0.01,
      why: 'between the .001 and .1 of what adaptive clipping was tried with',
      min: 1e-6,
      max: 1,
      real: true,
    },
  },
  show: { table: 'directions', columns: ['direction', 'cosine', 'signAgreement', 'topShare'] },
  async measure(point, { batches, top }) {
    const { list, gradient } = await updates(point, batches);
    const directions = [...list, { name: DESCENT, step: gradient.map((x) => -x) }];
    const pairs = [];
    for (const [i, a] of directions.entries())
      for (const b of directions.slice(i + 1)) {
        await point.breathe();
        pairs.push({
          a: a.name,
          b: b.name,
          cosine: cosine(a.step, b.step),
          signAgreement: signAgreement(a.step, b.step),
        });
      }
    return {
      pairs,
      // Beside the run's own update.
      directions: directions.map(({ name, step }) => ({
        direction: name,
        cosine: cosine(list[0].step, step),
        signAgreement: signAgreement(list[0].step, step),
        norm: norm(step),
        top,
        topShare: topShare(step, top),
      })),
    };
  },
});
