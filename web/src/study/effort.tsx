// What the tuning of each optimizer took: the effort behind a comparison is part of its claim.
import type { Effort as OneEffort } from '../../../src/analysis/effort.ts';
import { displayName } from '../../../src/analysis/names.ts';
import { count, duration, short } from '../../../src/report/format.ts';
import type { StudyView } from '../../../src/server/wire.ts';
import { Table } from '../parts/table.tsx';

export function Effort({ view: { summary } }: { view: StudyView }) {
  return (
    <section>
      <h2>Tuning effort</h2>
      <Table
        caption="Tuning effort by optimizer"
        columns={[
          { name: 'optimizer', text: true, cell: ({ optimizer }: OneEffort) => displayName(optimizer) },
          { name: 'settings tried', cell: ({ settings }: OneEffort) => settings },
          {
            name: 'per cell',
            cell: ({ settingsPerCell: { min, max } }: OneEffort) => (min === max ? max : `${min} to ${max}`),
          },
          { name: 'further tuning seeds', cell: ({ contestRuns }: OneEffort) => contestRuns },
          { name: 'fresh seeds', cell: ({ seedRuns }: OneEffort) => seedRuns },
          {
            name: 'learning rates',
            cell: ({ lrRange }: OneEffort) =>
              lrRange ? `${short(lrRange[0])} to ${short(lrRange[1])}` : '–',
          },
          { name: 'diverged', cell: ({ diverged }: OneEffort) => diverged },
          { name: 'failed', cell: ({ failed }: OneEffort) => failed },
          { name: 'tokens trained', cell: ({ tokens }: OneEffort) => count(tokens) },
          { name: 'training time', cell: ({ seconds }: OneEffort) => duration(seconds) },
        ]}
        rows={summary.effort}
      />
    </section>
  );
}
