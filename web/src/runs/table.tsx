// The table of runs. Only the rows in sight are on the page, so that ten thousand stay fluid.

import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { displayName } from '../../../src/analysis/names.ts';
import { duration, fixed, number, short } from '../../../src/report/format.ts';
import type { RunColumns, RunTable, StudyView } from '../../../src/server/wire.ts';
import { variedHypers } from '../data/rows.ts';
import { hrefOf, setState, useRoute } from '../route.ts';
import { sorted } from './filter.ts';
import type { Setting } from './settings.ts';

interface Props {
  view: StudyView;
  table: RunTable;
  /** Rows that pass the filter. */
  rows: readonly number[];
  settings: readonly Setting[];
  pinned: readonly Setting[];
  pin(setting: Setting): void;
}

interface Column {
  /** Name in addresses. */
  id: string;
  name: string;
  text?: boolean;
  /** What it is ordered by. */
  by(columns: RunColumns): readonly (number | string | null)[];
  cell(columns: RunColumns, row: number): ComponentChildren;
}

const some = (value: number | null, text: (value: number) => string) => (value === null ? '–' : text(value));

const columnsOf = (per: string, hypers: readonly string[]): Column[] => [
  {
    id: 'optimizer',
    name: 'optimizer',
    text: true,
    by: (c) => c.optimizer,
    cell: (c, i) => displayName(c.optimizer[i]),
  },
  { id: 'batch', name: 'batch size', by: (c) => c.batchSize, cell: (c, i) => c.batchSize[i] },
  { id: 'lr', name: 'rate', by: (c) => c.lr, cell: (c, i) => short(c.lr[i]) },
  ...hypers.map(
    (name): Column => ({
      id: `hyper.${name}`,
      name,
      by: (c) => c.hyper[name] ?? [],
      cell: (c, i) => some(c.hyper[name]?.[i] ?? null, short),
    }),
  ),
  { id: 'seed', name: 'seed', by: (c) => c.seed, cell: (c, i) => c.seed[i] },
  {
    id: 'state',
    name: 'state',
    text: true,
    by: (c) => c.state,
    cell: (c, i) => (
      <span title={c.reason[i] ?? undefined}>
        <i class={`dot ${c.state[i]}`} aria-hidden="true" />
        {c.state[i]}
      </span>
    ),
  },
  { id: 'loss', name: `loss (nats/${per})`, by: (c) => c.valLoss, cell: (c, i) => fixed(c.valLoss[i], 4) },
  { id: 'train', name: 'training loss', by: (c) => c.trainLoss, cell: (c, i) => fixed(c.trainLoss[i], 4) },
  {
    id: 'step',
    name: 'steps',
    by: (c) => c.step,
    cell: (c, i) => `${some(c.step[i], number)} of ${number(c.steps[i])}`,
  },
  { id: 'seconds', name: 'time', by: (c) => c.seconds, cell: (c, i) => some(c.seconds[i], duration) },
  {
    id: 'speed',
    name: 'tokens/s',
    by: (c) => c.tokensPerSecond,
    cell: (c, i) => some(c.tokensPerSecond[i], (n) => number(Math.round(n))),
  },
  { id: 'rule', name: 'asked for by', text: true, by: (c) => c.rule, cell: (c, i) => c.rule[i] },
  { id: 'model', name: 'model', text: true, by: (c) => c.model, cell: (c, i) => c.model[i] },
  { id: 'tokens', name: 'budget', by: (c) => c.tokens, cell: (c, i) => number(c.tokens[i]) },
];

/** Pixels of a row at letters of 16 pixels; the style sheet has the same. */
const rowHeight = 30;
/** Rows drawn above and below those in sight. */
const spare = 12;

export function RunsTable({ view, table, rows, settings, pinned, pin }: Props) {
  const { query } = useRoute();
  const { columns: data } = table;
  const columns = useMemo(
    () =>
      columnsOf(view.summary.lossPer, variedHypers(data)).filter(
        ({ id, by }) => !['model', 'tokens'].includes(id) || new Set(by(data)).size > 1,
      ),
    [view.summary.lossPer, data],
  );
  const key = query.get('sort') ?? 'loss';
  const isDown = query.get('down') === '1';
  const order = useMemo(() => {
    const column = columns.find(({ id }) => id === key);
    return column ? sorted(rows, column.by(data), isDown) : rows;
  }, [rows, data, key, isDown, columns]);
  const settingOf = useMemo(
    () =>
      new Map(
        settings.flatMap((one) => one.runs.map((row) => [`${row.runId} ${row.optimizer}`, one] as const)),
      ),
    [settings],
  );
  const isPinned = new Set(pinned.map(({ id }) => id));
  const window = useWindow(order.length);
  return (
    <section aria-label="All runs">
      <h2>Runs</h2>
      <label class="field wide">
        Filter
        <input
          type="search"
          value={query.get('q') ?? ''}
          placeholder="words and comparisons, such as: sgd batch=64 lr>=0.1 diverged"
          onInput={(event) => setState({ q: event.currentTarget.value })}
        />
      </label>
      <p class="muted" role="status">
        {number(order.length)} of {number(data.run.length)} runs. A pin draws a run’s setting above, with all
        of its seeds.
      </p>
      <section
        class="scroll runs"
        ref={window.ref}
        onScroll={window.onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        aria-label="Table of runs"
      >
        <table aria-rowcount={order.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" class="text">
                pin
              </th>
              <th scope="col" class="text">
                run
              </th>
              {columns.map(({ id, name, text }) => (
                <th
                  key={id}
                  scope="col"
                  class={text ? 'text' : undefined}
                  aria-sort={id === key ? (isDown ? 'descending' : 'ascending') : undefined}
                >
                  <button
                    type="button"
                    class="plain"
                    onClick={() => setState({ sort: id, down: id === key && !isDown ? '1' : undefined })}
                  >
                    {name}
                    {id === key ? (isDown ? ' ▾' : ' ▴') : ''}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Space rows={window.from} />
            {order.slice(window.from, window.to).map((row, i) => {
              const setting = settingOf.get(`${data.run[row]} ${data.optimizer[row]}`)!;
              const isOn = isPinned.has(setting.id);
              return (
                <tr
                  key={`${data.run[row]} ${data.optimizer[row]}`}
                  aria-rowindex={window.from + i + 2}
                  class={isOn ? 'pinned' : undefined}
                >
                  <td class="text">
                    <input
                      type="checkbox"
                      checked={isOn}
                      aria-label={`Pin ${setting.label}`}
                      onChange={() => pin(setting)}
                    />
                  </td>
                  <td class="text">
                    <a href={hrefOf(['study', view.id, 'run', data.run[row]])}>{data.run[row].slice(0, 8)}</a>
                  </td>
                  {columns.map(({ id, text, cell }) => (
                    <td key={id} class={text ? 'text' : undefined}>
                      {cell(data, row)}
                    </td>
                  ))}
                </tr>
              );
            })}
            <Space rows={order.length - window.to} />
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** The room of rows that are not drawn. */
const Space = ({ rows }: { rows: number }) =>
  rows > 0 ? (
    <tr class="space">
      <td style={{ height: `${rows * rowHeight}px` }} />
    </tr>
  ) : null;

/** Which of `count` rows are in sight, or nearly. */
function useWindow(count: number) {
  const ref = useRef<HTMLElement>(null);
  const [first, setFirst] = useState(0);
  const visible = Math.ceil((ref.current?.clientHeight || 600) / rowHeight);
  const from = Math.max(0, Math.min(first, count - visible) - spare);
  return {
    ref,
    from,
    to: Math.min(count, from + visible + 2 * spare),
    onScroll: () => setFirst(Math.floor(ref.current!.scrollTop / rowHeight)),
  };
}
