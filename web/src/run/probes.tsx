// What probes measured while a run trained: the loss by frequency of the token as a figure, everything as tables.
import { number } from '../../../src/report/format.ts';
import type { RunView } from '../../../src/server/wire.ts';
import { Chart, type ChartLine } from '../parts/chart.tsx';
import { Part } from '../parts/part.tsx';
import { Table } from '../parts/table.tsx';

type Probe = RunView['probes'][number];

export function Probes({ probes, run, per }: { probes: readonly Probe[]; run: string; per: string }) {
  const groups = groupLines(probes);
  const names = [...new Set(probes.map(({ probe }) => probe))].filter((name) => name !== 'text');
  return (
    <>
      <Part
        title="Loss by token frequency"
        absent={groups.length === 0 && 'The probe “imbalance” measures it, and this run has none.'}
      >
        <Chart
          name={`${run}-groups`}
          title={`Validation loss of ${groups.length} equal parts of the text, the most frequent tokens first`}
          lines={groups}
          x={{ label: 'tokens', log: false }}
          y={{ label: `loss (nats/${per})`, log: false }}
        />
      </Part>
      <Part title="Probes" absent={names.length === 0 && 'No probe measured this run.'}>
        {names.map((name) => {
          const own = probes.filter(({ probe }) => probe === name);
          return (
            <details key={name}>
              <summary>
                {name}: measured {own.length} {own.length === 1 ? 'time' : 'times'}
              </summary>
              {Object.keys(own.at(-1)!.tables).map((table) => (
                <ProbeTable key={table} name={table} probe={own.at(-1)!} />
              ))}
            </details>
          );
        })}
      </Part>
    </>
  );
}

/** A table of the newest measurement. */
function ProbeTable({ name, probe: { tables, step } }: { name: string; probe: Probe }) {
  const rows = tables[name].slice(0, 200);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <Table
      caption={`${name}, at step ${number(step)}${rows.length < tables[name].length ? `: the first ${rows.length} of ${tables[name].length} rows` : ''}`}
      columns={columns.map((column) => ({
        name: column,
        text: rows.some((row) => typeof row[column] === 'string'),
        cell: (row: (typeof rows)[number]) => {
          const value = row[column];
          return typeof value === 'number' ? Number(value.toPrecision(5)) : String(value ?? '–');
        },
      }))}
      rows={rows}
    />
  );
}

/** The loss of every group of tokens over the run. */
function groupLines(probes: readonly Probe[]): ChartLine[] {
  const measured = probes.filter(({ probe, tables }) => probe === 'imbalance' && tables.groups);
  const count = Math.max(0, ...measured.map(({ tables }) => tables.groups.length));
  return Array.from({ length: count }, (_, group): ChartLine => {
    const points = measured.flatMap(({ tokens, tables }) => {
      const loss = tables.groups[group]?.loss;
      return typeof loss === 'number' ? [[tokens, loss]] : [];
    });
    const word = group === 0 ? ', most frequent' : group === count - 1 ? ', rarest' : '';
    return {
      name: `group ${group + 1}${word}`,
      slot: group,
      x: points.map(([tokens]) => tokens),
      y: points.map(([, loss]) => loss),
    };
  });
}
