// Foreign text on its way to a reader: what somebody wrote in a file, a flag or a path,
// as a message may quote it.

/** A name, a number or a path is recognized by this much of it. */
const SHORT = 120;

/**
 * Controls, halves of characters, line separators, marks of writing direction and characters without width:
 * a reader does not see them, a terminal obeys them. The two joiners (U+200C, U+200D) are left:
 * Persian and emoji are written with them.
 */
const hidden =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * `text` on one line: control characters, marks of direction and line breaks are written out,
 * as `\n`, `\x1b` or `\u202e`.
 */
export function visible(text: string): string {
  return text.replace(hidden, (found) => {
    const code = found.codePointAt(0)!;
    if (escapes[found]) return escapes[found];
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same for text of several lines: line breaks and tabs stay. */
export const visibleLines = (text: string): string => text.replace(/[^\n\t]+/g, visible);

/**
 * JSON in which characters that cannot be seen are written as `\\u202e`: the same value,
 * and harmless on a terminal.
 */
export const visibleJson = (json: string): string =>
  json.replace(hidden, (found) =>
    found === '\n'
      ? found
      : [...Array(found.length).keys()]
          .map((i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`)
          .join(''),
  );

/**
 * At most about `most` characters of `text`: its beginning and its end, with `…`
 * for what is left out between them.
 */
export function shortened(text: string, most = SHORT): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  const head = text.slice(0, most - 1 - end).replace(/[\ud800-\udbff]$/, '');
  return `${head}…${text.slice(text.length - end).replace(/^[\udc00-\udfff]/, '')}`;
}

/** Longer than any message of ours; what is longer quotes too much. */
const MESSAGE = 1000;
/** Words and quotations longer than this are foreign. */
const WORD = 200;

/**
 * A whole message as one line of bounded length, whatever it quotes: its words and quotations
 * are shown as `shown` does.
 */
export function line(message: string): string {
  const short = shortened(message, 100_000)
    .replace(/\s*\n\s*/g, ' ')
    .trim()
    .replace(new RegExp(`"[^"]{${WORD},}"|\\S{${WORD},}`, 'g'), (found) => shown(found));
  return shortened(visible(short), MESSAGE);
}

/** Foreign text for a message: on one line, nothing hidden in it, at most about `most` characters. */
export function shown(text: string, most = SHORT): string {
  // Shortened first, so that a text of many megabytes costs nothing, and again,
  // since what is written out is longer.
  return shortened(visible(shortened(text, most)), most);
}
