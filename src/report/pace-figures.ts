// Figures of how fast the winners get there: loss against training time, steps to a common loss.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { spot, winnersAt } from '../analysis/claims/places.ts';
import { bySeed } from '../analysis/critical.ts';
import { displayName } from '../analysis/names.ts';
import { mean } from '../analysis/stats.ts';
import { type LineRow, type LineSeries, linesFigure } from '../figures/theory-lines.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { levelSeries, lineColumns } from './figure-rows.ts';

export function timeDrawing(study: StudyFacts): DrawnFigure {
  const rows = study.arms.flatMap((arm) =>
    study.batchSizes.flatMap((batchSize) =>
      study.frontiers.flatMap((frontier): LineRow[] => {
        const own = winnersAt(study, { ...spot(study, batchSize, frontier), arm });
        if (own.length === 0) return [];
        const x = mean(own.map((row) => row.seconds));
        const losses = own.map((row) => row.valLoss!);
        const [lo, hi] = [Math.min(...losses), Math.max(...losses)];
        return [{ panel: displayName(arm), series: `batch size ${batchSize}`, x, y: mean(losses), lo, hi }];
      }),
    ),
  );
  return drawn(
    {
      name: 'time',
      title: 'Loss against training time',
      caption:
        'One point per budget: final validation loss over mean training time; bands reach from the best to the worst seed.',
    },
    linesFigure({
      aria: 'Loss against training time',
      x: { label: 'seconds of training', scale: 'log' },
      y: { label: `tuned validation loss (nats/${lossPer(study.models)})`, scale: 'linear' },
      series: levelSeries(rows),
      band: 'best to worst seed',
    }),
    rows,
    lineColumns,
    study.arms,
  );
}

export function stepsDrawing(study: StudyFacts): DrawnFigure {
  const { model } = study.frontiers[0];
  const measured = bySeed(study.rows, study.cells, model, study.arms);
  const rows = study.arms.flatMap((arm) => {
    const points = study.batchSizes.flatMap((batchSize): LineRow[] => {
      const steps = measured.flatMap(({ arms }) => {
        const point = arms[arm]?.find((one) => one.batchSize === batchSize);
        return point ? [point.steps] : [];
      });
      if (steps.length === 0) return [];
      const [lo, hi] = [Math.min(...steps), Math.max(...steps)];
      return [{ panel: '', series: displayName(arm), x: batchSize, y: mean(steps), lo, hi }];
    });
    const first = points[0];
    const linear = points.map((point): LineRow => {
      const y = (first.y! * first.x) / point.x;
      return { ...point, series: `${displayName(arm)}, linear saving`, y, lo: null, hi: null };
    });
    return [...points, ...linear];
  });
  const target = measured[0]?.target;
  return drawn(
    {
      name: 'steps-to-target',
      title: 'Steps to a common loss',
      caption: `Steps until the training loss first reaches ${target?.toFixed(2) ?? 'the target'}, the loss that every winner reaches; dashed: half the steps for twice the batch.`,
    },
    linesFigure({
      aria: 'Steps to a target loss against batch size',
      x: { label: 'batch size (sequences per step)', scale: 'batch' },
      y: { label: 'steps to the target loss', scale: 'log' },
      series: study.arms.flatMap((arm): LineSeries[] => [
        { name: displayName(arm), of: { arm }, look: 'line and points' },
        {
          name: `${displayName(arm)}, linear saving`,
          of: { arm },
          look: 'dashed',
        },
      ]),
      band: 'fewest to most over seeds',
    }),
    rows,
    lineColumns,
    study.arms,
  );
}
