// Foreign text in Markdown: it reads as it was written, and makes no markup, no link,
// no picture, no HTML and no table of its own.
import { visible } from '../core/shown.ts';

/** What means something within a line. Without `[` no parenthesis is a target, and no `!` a picture. */
const special = /[\\`*_[\]<>|~$&]/g;
/** What makes a line a heading, a list or a rule: such a mark, or a number with a point behind it. */
const mark = /^[-+=#:]/;
const item = /^\d{1,9}(?=[.)])/;
/** Renderers make links of these wherever they stand. */
const address = /:(?=\/\/)|(?<=www)\./gi;

/** `text` as it stands in a paragraph, a heading, a list or a cell of a table. */
export const md = (text: string): string =>
  plain(text).replace(special, '\\$&').replace(address, '\\$&').replace(mark, '\\$&').replace(item, '$&\\');

/** `text` as code. A backtick in it would end the code, and a `|` the cell of a table. */
export const mdCode = (text: string): string =>
  `\`${plain(text).replaceAll('`', "'").replaceAll('|', '¦')}\``;

const plain = (text: string): string => visible(text.replace(/\s+/g, ' ')).trim();
