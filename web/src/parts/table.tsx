// A table of plain rows, for the numbers behind a figure and for small tables of a page.
import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  name: ComponentChildren;
  /** Text stands left, numbers right. */
  text?: boolean;
  cell(row: Row, index: number): ComponentChildren;
}

interface Props<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  caption?: ComponentChildren;
}

/** It scrolls by itself where the page is narrow, and by keyboard. */
export function Table<Row>({ columns, rows, caption }: Props<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={typeof caption === 'string' ? caption : 'Table'}>
      <table>
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>
            {columns.map(({ name, text }, i) => (
              <th key={i} scope="col" class={text ? 'text' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              {columns.map(({ text, cell }, i) => (
                <td key={i} class={text ? 'text' : undefined}>
                  {cell(row, r)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
