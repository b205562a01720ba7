// How far every arm is from the baseline at each batch size, in nats and in percent of the baseline's loss.
import { displayName } from '../../../src/analysis/names.ts';
import { cellStatus, statusText } from '../../../src/figures/rows.ts';
import { interval, signed } from '../../../src/report/format.ts';
import type { Group } from '../../../src/report/types.ts';
import type { StudyView } from '../../../src/server/wire.ts';
import { belongsTo } from '../data/rows.ts';
import { Table } from '../parts/table.tsx';

interface Line {
  arm: string;
  batchSize: number;
  gap: number | null;
  percent: number | null;
  interval: string;
  why: string;
}

export function Differences({ view, group }: { view: StudyView; group: Group }) {
  const { baseline, lossPer, cells } = view.summary;
  if (baseline === null) return null;
  const own = cells.filter(belongsTo(group, view));
  const lines = differences(own, group, baseline);
  if (lines.length === 0) return null;
  return (
    <section>
      <h2>Difference to {displayName(baseline)}</h2>
      <Table
        caption={`Tuned loss minus that of ${displayName(baseline)} at the same batch size. Above zero the baseline is better.`}
        columns={[
          { name: 'optimizer', text: true, cell: ({ arm }: Line) => displayName(arm) },
          { name: 'batch size', cell: ({ batchSize }: Line) => batchSize },
          { name: `nats/${lossPer}`, cell: ({ gap, why }: Line) => (gap === null ? why : signed(gap)) },
          {
            name: '% of its loss',
            cell: ({ percent }: Line) => (percent === null ? '–' : `${signed(percent, 1)}%`),
          },
          { name: '95% interval', cell: (line: Line) => line.interval },
        ]}
        rows={lines}
      />
    </section>
  );
}

/** One line for every arm but the baseline and every batch size. */
function differences(
  cells: StudyView['summary']['cells'],
  { gaps }: Pick<Group, 'gaps'>,
  baseline: string,
): Line[] {
  return cells
    .filter(({ optimizer }) => optimizer !== baseline)
    .map((cell): Line => {
      const at = { arm: cell.optimizer, batchSize: cell.batchSize };
      const base = cells.find((c) => c.optimizer === baseline && c.batchSize === cell.batchSize);
      const gap = gaps.find((g) => g.challenger === cell.optimizer && g.batchSize === cell.batchSize);
      const [own, its] = [cell.best, base?.best];
      if (!own || !its) {
        const why = statusText(cellStatus(own ? base : cell));
        return { ...at, gap: null, percent: null, interval: '–', why };
      }
      const difference = gap?.gap ?? own.valLossMean - its.valLossMean;
      return {
        ...at,
        gap: difference,
        percent: (100 * difference) / its.valLossMean,
        interval: gap ? interval(gap.ci95) : '–',
        why: '',
      };
    });
}
