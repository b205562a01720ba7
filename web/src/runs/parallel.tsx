// The settings of the filtered runs side by side, each run a line that ends at its loss.
import { useMemo } from 'preact/hooks';
import { displayName } from '../../../src/analysis/names.ts';
import { hyperKey, isDone } from '../../../src/analysis/rows.ts';
import { type ParallelAxis, type ParallelRow, parallelFigure } from '../../../src/figures/parallel.ts';
import { fixed, short } from '../../../src/report/format.ts';
import type { RunTable } from '../../../src/server/wire.ts';
import { runRows, variedHypers } from '../data/rows.ts';
import { Figure } from '../parts/figure.tsx';

/** More lines than this are a felt, and slow. */
const most = 1000;

export function Parallel({ table, rows }: { table: RunTable; rows: readonly number[] }) {
  const { drawn, axes, left } = useMemo(() => linesOf(table, rows), [table, rows]);
  const draw = useMemo(() => parallelFigure(axes), [axes.map(({ field }) => field).join()]);
  return (
    <Figure
      name="settings"
      title="Settings and losses"
      caption={
        left > 0
          ? `The ${most.toLocaleString('en-US')} runs of lowest loss that pass the filter; ${left.toLocaleString('en-US')} more are not drawn.`
          : 'The finished and diverged runs that pass the filter below.'
      }
      draw={draw}
      rows={drawn}
      columns={['run', ...axes.map(({ field }) => field), 'diverged']}
      nothing="No finished run passes the filter."
    />
  );
}

function linesOf(table: RunTable, rows: readonly number[]) {
  const all = runRows(table);
  const judged = rows.map((i) => all[i]).filter((row) => isDone(row) || row.status === 'diverged');
  const ordered = judged.sort((a, b) => (a.valLoss ?? Infinity) - (b.valLoss ?? Infinity));
  const kept = ordered.slice(0, most);
  const done = kept.filter(isDone).length;
  const hypers = variedHypers(table.columns);
  const drawn = kept.map((row, i): ParallelRow => {
    const { runId, optimizer, batchSize, lr, hyper, seed, valLoss } = row;
    const what = `${displayName(optimizer)}, batch size ${batchSize}, seed ${seed}`;
    const setting = `rate ${short(lr)}${hyperKey(hyper) && `, ${hyperKey(hyper)}`}`;
    return {
      // A run of two optimizers is a line of both.
      run: `${runId} ${optimizer}`,
      label: `${what}\n${setting}\n${isDone(row) ? `loss ${fixed(valLoss, 4)}` : 'diverged'}`,
      diverged: !isDone(row),
      rank: isDone(row) ? (done > 1 ? i / (done - 1) : 0) : null,
      ...{ optimizer: displayName(optimizer), batchSize, lr, seed, valLoss },
      ...Object.fromEntries(hypers.map((name) => [`hyper.${name}`, hyper[name] ?? null])),
    };
  });
  const axes: ParallelAxis[] = [
    { field: 'optimizer', label: 'optimizer', log: false },
    { field: 'batchSize', label: 'batch size', log: true },
    ...hypers.map((name) => ({ field: `hyper.${name}`, label: name, log: false })),
    { field: 'lr', label: 'learning rate', log: true },
    { field: 'valLoss', label: 'loss', log: false },
  ];
  return { drawn, axes, left: ordered.length - kept.length };
}
