// Early progress against batch size in the runs of a study, beside what Theorem
// 1 makes of their gradient noise.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { displayName } from '../analysis/names.ts';
import { lossProgressOf, predictedDrift, progressCurves } from '../analysis/scaling.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import { type DrawnFigure, drawn } from './drawn.ts';

const THEOREM = 'SignSGD by Theorem 1';

export function progressDrawing(study: StudyFacts): DrawnFigure {
  const curves = progressCurves(lossProgressOf(study.rows, study.models));
  const predicted = predictedDrift(study.rows, study.batchSizes);
  const rows: LineRow[] = [
    ...curves.flatMap(({ optimizer, points }) =>
      points.map(
        ({ batchSize: x, relative: y, lo, hi }): LineRow => ({
          ...{ panel: '', series: displayName(optimizer), x, y, lo, hi },
        }),
      ),
    ),
    ...predicted.map(
      ({ batchSize, drift }): LineRow => ({
        panel: '',
        series: THEOREM,
        x: batchSize,
        y: drift / predicted[0].drift,
      }),
    ),
  ];
  const exponents = curves.flatMap(({ optimizer, fit }) =>
    fit ? [`${displayName(optimizer)} ${fit.exponent.toFixed(2)}`.replace('-', '−')] : [],
  );
  return drawn(
    {
      name: 'progress',
      title: 'Early progress against batch size',
      caption: `Validation loss lost per unit of time (learning rate times steps) at one learning rate per optimizer, relative to the same seed's smallest batch size; bands are 95% intervals over seeds. Exponents over all batch sizes: ${exponents.join(', ') || 'none yet'}.${predicted.length > 0 ? ' Dashed: what Theorem 1 makes of the gradient and its noise as measured before training.' : ''}`,
    },
    linesFigure({
      aria: 'Early progress against batch size',
      x: { label: 'batch size (sequences per step)', scale: 'batch' },
      y: { label: 'early progress, relative to the smallest batch size', scale: 'log' },
      series: [
        ...curves.map(({ optimizer }) => ({
          name: displayName(optimizer),
          of: { arm: optimizer },
          look: 'line and points' as const,
        })),
        { name: THEOREM, of: { arm: 'signsgd' }, look: 'dashed' as const },
      ],
      band: '95% interval',
      rules: [1],
    }),
    rows,
    ['series', 'x', 'y', 'lo', 'hi'],
    study.arms,
  );
}
