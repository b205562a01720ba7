// Text in the width of a terminal: words stay whole.
import { stripVTControlCharacters } from 'node:util';

/** Columns of a stream: of a terminal what it says, else undefined. */
export const columnsOf = (stream: { isTTY?: boolean; columns?: number }): number | undefined =>
  stream.isTTY ? stream.columns || 80 : undefined;

/**
 * `text` with its lines broken between words, at most `columns` wide; further lines are indented
 * as the first. Without `columns` the text stays as it is: whoever reads a pipe gets whole lines.
 * A word that is wider than the terminal stays whole too.
 */
export function wrapText(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n');
}

const widthOf = (text: string) => [...stripVTControlCharacters(text)].length;

function wrapLine(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let current = '';
  // A word with the blanks before it, so that columns of a table keep their distance.
  for (const [part, blanks, word] of line.slice(indent.length).matchAll(/(\s*)(\S+)/g)) {
    if (current === '') current = indent + word;
    else if (widthOf(current + part) <= columns) current += blanks + word;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}
