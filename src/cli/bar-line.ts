// One progress bar as one line of text: what is shown, and what gives way when the terminal is narrow.
import { stripVTControlCharacters } from 'node:util';
import { visible } from '../core/shown.ts';
import { duration } from '../report/format.ts';

/** A bar at one moment. Times in seconds. */
export interface BarState {
  name: string;
  value: number;
  total: number;
  /**
   * What is counted, e.g. `runs`; nothing is shown after the numbers when empty, no numbers when it is `%`.
   */
  unit: string;
  /**
   * Free text at the end of the line, e.g. the current loss; pieces that may be
   * left out one by one stand two blanks apart.
   */
  note: string;
  elapsed: number;
  /** Seconds to go; null when nobody knows yet. */
  eta: number | null;
  finished: boolean;
}

const share = (bar: BarState) => (bar.total > 0 ? Math.min(1, Math.max(0, bar.value / bar.total)) : 1);
const percent = (bar: BarState) => `${Math.floor(share(bar) * 100)}%`.padStart(4);
/** What is counted in percent is told by the percentage. */
const counts = (bar: BarState) =>
  bar.unit === '%' ? '' : `${bar.value}/${bar.total}${bar.unit && ` ${bar.unit}`}`;
const time = (bar: BarState) =>
  bar.finished ? `in ${duration(bar.elapsed, 2)}` : bar.eta === null ? '' : `ETA ${duration(bar.eta, 2)}`;

/** How the drawing looks: `done(n)` and `rest(n)` give n cells, `ellipsis` one character. */
export interface BarStyle {
  done(cells: number): string;
  rest(cells: number): string;
  ellipsis: string;
}

export const asciiStyle: BarStyle = { done: (n) => '#'.repeat(n), rest: (n) => '.'.repeat(n), ellipsis: '~' };
export const unicodeStyle: BarStyle = {
  done: (n) => '━'.repeat(n),
  rest: (n) => '─'.repeat(n),
  ellipsis: '…',
};

const oneLine = (text: string) => visible(stripVTControlCharacters(text).replace(/\s/g, ' ')).trim();

/** A name, cut to `width` characters with an ellipsis. */
function cut(text: string, width: number, ellipsis: string): string {
  const letters = [...oneLine(text).replace(/ +/g, ' ')];
  return letters.length <= width ? letters.join('') : `${letters.slice(0, width - 1).join('')}${ellipsis}`;
}

/** Pieces of a note stand two blanks apart; each is shown whole or not at all. */
const pieces = (note: string): string[] => oneLine(note).split(/ {2,}/).filter(Boolean);

/**
 * The bar for a terminal of `columns` characters, at most `columns - 1` wide (the last
 * column would wrap on some terminals). Name (padded to `nameWidth`), drawing and percentage keep
 * their columns so that bars line up. The rest is shown whole or not at all, in this order of importance:
 * the time to go, the note's first piece, the counts, the other pieces.
 */
export function barLine(
  bar: BarState,
  columns: number,
  style: BarStyle = unicodeStyle,
  nameWidth = 0,
): string {
  const width = Math.max(12, columns - 1);
  const cells = width < 36 ? 0 : Math.min(24, Math.floor(width * 0.2));
  const most = Math.max(7, Math.floor(width * (cells ? 0.36 : 0.6)));
  const name = cut(bar.name, most, style.ellipsis).padEnd(Math.min(most, nameWidth));
  const full = Math.floor(cells * share(bar));
  const picture = cells ? ` ${style.done(full)}${style.rest(cells - full)}` : '';
  let left = width - name.length - (cells && cells + 1) - ' 100%'.length;
  const take = (text: string) => {
    const room = [...text].length + 2;
    if (text === '' || room > left) return '';
    left -= room;
    return `  ${text}`;
  };
  const timeText = take(time(bar));
  const [first = '', ...others] = pieces(bar.note);
  const noteText = take(first);
  const countText = take(counts(bar));
  return `${name}${picture} ${percent(bar)}${countText}${timeText}${noteText}${others.map(take).join('')}`;
}

/** The bar as one plain line for logs: no drawing, nothing cut. */
export function plainLine(bar: BarState): string {
  return [oneLine(bar.name), percent(bar).trim(), counts(bar), time(bar), ...pieces(bar.note)]
    .filter((x) => x !== '')
    .join('  ');
}
