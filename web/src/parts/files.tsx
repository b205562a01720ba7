// What stands below every figure: its files, and its numbers as a table.
import { useState } from 'preact/hooks';
import { type CsvValue, toCsv } from '../../../src/core/csv.ts';
import { pngFile, save, svgFile } from './save.ts';
import { Table } from './table.tsx';

interface Props<Row extends object> {
  /** File name without extension. */
  name: string;
  title: string;
  /** The figure on white paper. */
  paper(): SVGSVGElement;
  rows(): readonly Row[];
  columns: readonly (keyof Row & string)[];
  count: number;
}

export function Files<Row extends object>(props: Props<Row>) {
  const { name, paper, rows, columns } = props;
  const csv = () => toCsv(columns, rows() as readonly Record<string, CsvValue>[]);
  return (
    <>
      <div class="tools">
        <span class="muted">Save as</span>
        <button type="button" onClick={() => save(`${name}.svg`, svgFile(paper()), 'image/svg+xml')}>
          SVG
        </button>
        <button type="button" onClick={async () => save(`${name}.png`, await pngFile(paper()))}>
          PNG
        </button>
        <button type="button" onClick={() => save(`${name}.csv`, csv(), 'text/csv')}>
          CSV
        </button>
      </div>
      <Numbers {...props} />
    </>
  );
}

/** More rows than anybody reads on a page; the file has all of them. */
const mostRows = 400;

/** Made when it is opened: the numbers of ten figures would be most of the page. */
function Numbers<Row extends object>({ rows, columns, title, count }: Props<Row>) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? rows().slice(0, mostRows) : [];
  const isText = (column: keyof Row) => shown.some((row) => typeof row[column] === 'string');
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Numbers of this figure<span class="hidden">: {title}</span> ({count.toLocaleString('en-US')} rows)
      </summary>
      {isOpen && (
        <Table
          caption={`${title}${count > mostRows ? `: the first ${mostRows} rows; the CSV file has all` : ''}`}
          columns={columns.map((column) => ({
            name: column,
            text: isText(column),
            cell: (row: Row) => plain(row[column]),
          }))}
          rows={shown}
        />
      )}
    </details>
  );
}

const plain = (value: unknown): string => {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
};
