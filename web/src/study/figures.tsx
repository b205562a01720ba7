// The figures of one model and budget: the gap first, then what it is made of.
import { useMemo } from 'preact/hooks';
import { effortFigure } from '../../../src/figures/effort.ts';
import { gapFigure } from '../../../src/figures/gap.ts';
import { lrCurvesFigure } from '../../../src/figures/lr-curves.ts';
import { lrMapFigure } from '../../../src/figures/lr-map.ts';
import {
  effortRows,
  gapRows,
  lrCurveRows,
  trainingCurveRows,
  tunedLossRows,
} from '../../../src/figures/rows.ts';
import { trainingCurvesFigure } from '../../../src/figures/training-curves.ts';
import { tunedLossFigure } from '../../../src/figures/tuned-loss.ts';
import type { RunTable, StudyView } from '../../../src/server/wire.ts';
import { belongsTo, runRows } from '../data/rows.ts';
import { Figure } from '../parts/figure.tsx';
import { useWinnerCurves } from './winner-curves.ts';

interface Props {
  view: StudyView;
  table: RunTable;
  /** Which group of the summary. */
  index: number;
}

export function StudyFigures({ view, table, index }: Props) {
  const { summary, setup } = view;
  const group = summary.groups[index];
  const own = useMemo(() => {
    const isOwn = belongsTo(group, view);
    return { cells: summary.cells.filter(isOwn), rows: runRows(table).filter(isOwn) };
    // Progress moves every second, and makes a new view.
  }, [setup, summary, table, group]);
  const { cells, rows } = own;
  const seed = summary.tuningSeed;
  const drawn = useMemo(
    () => ({
      gap: gapRows(group.gaps, cells),
      tunedLoss: tunedLossRows(cells),
      lr: lrCurveRows(rows, cells, seed),
      effort: effortRows(rows),
    }),
    [group, cells, rows, seed],
  );
  const winners = useWinnerCurves(view.id, cells, rows);
  const curves = useMemo(() => trainingCurveRows(winners, cells), [winners, cells]);
  const common = { optimizers: Object.keys(setup.optimizers), per: summary.lossPer };
  const text = view.figures[index];
  return (
    <div class="figures">
      {summary.baseline !== null && (
        <Figure
          {...common}
          {...text.gap}
          draw={gapFigure}
          rows={drawn.gap}
          columns={['batchSize', 'baseline', 'challenger', 'gap', 'lo', 'hi', 'seeds', 'bracketed', 'status']}
          nothing="No gap yet: it appears when both optimizers have a finished run at one batch size."
        />
      )}
      <Figure
        {...common}
        {...text.tunedLoss}
        draw={tunedLossFigure}
        rows={drawn.tunedLoss}
        columns={['optimizer', 'batchSize', 'valLoss', 'lowest', 'highest', 'seeds', 'bracketed', 'status']}
      />
      <Figure
        {...common}
        name={`${text.lrCurves.name}-map`}
        title="Learning rates by batch size"
        caption="Each cell is one learning rate at one batch size, in a colour that says how far its loss is above the best of its batch size. A point marks the best. A hollow point stands at the edge of what was tried, so a better rate may lie beyond."
        draw={lrMapFigure}
        rows={drawn.lr}
        columns={['optimizer', 'batchSize', 'lr', 'hyper', 'valLoss', 'status', 'best', 'bracketed']}
      />
      <Figure
        {...common}
        {...text.lrCurves}
        draw={lrCurvesFigure}
        rows={drawn.lr}
        columns={['optimizer', 'batchSize', 'lr', 'hyper', 'valLoss', 'status', 'best', 'bracketed']}
      />
      <Figure
        {...common}
        {...text.trainingCurves}
        draw={trainingCurvesFigure}
        rows={curves}
        columns={['optimizer', 'batchSize', 'seed', 'tokens', 'loss']}
      />
      <Figure
        {...common}
        {...text.effort}
        draw={effortFigure}
        rows={drawn.effort}
        columns={['optimizer', 'batchSize', 'status', 'runs']}
      />
    </div>
  );
}
