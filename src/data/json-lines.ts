// Texts of JSON lines: one object a line, the text in one of its fields.
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

/** A line must fit into memory, several times over. */
const longestLine = 1 << 27;

export interface TextField {
  /** Field of an object, or column of a table, that holds the text. Default: `text`. */
  textColumn?: string;
}

/**
 * Takes JSON lines in pieces: `add` gives the texts of the lines that are complete, `end` the rest.
 * A null is an empty text. Throws UserError, with the line, for what is no JSON or has no such text.
 * `path` is for messages.
 */
export function createLineReader(path: string, { textColumn = 'text' }: TextField = {}) {
  let line = 0;
  let rest = '';
  function* parse(json: string): Generator<string> {
    line++;
    if (json.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      throw new UserError(
        `${path} line ${line}: no valid JSON (JSON lines have one whole object with a "${shown(textColumn)}" a line)`,
      );
    }
    yield textOf(value, textColumn, `${path} line ${line}`);
  }
  return {
    *add(piece: string): Generator<string> {
      const lines = piece.split('\n');
      lines[0] = rest + lines[0];
      rest = lines.pop()!;
      if (rest.length > longestLine)
        throw new UserError(`${path} line ${line + lines.length + 1}: longer than 128 million characters`);
      for (const json of lines) yield* parse(json);
    },
    end: (): Generator<string> => parse(rest),
  };
}

/**
 * The text of an object of JSON; empty for null. Throws UserError when it has none.
 * `where` begins the message.
 */
export function textOf(value: unknown, field: string, where: string): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const text =
    isObject && Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
  if (typeof text === 'string') return text.toWellFormed();
  if (text === null) return '';
  const names = isObject
    ? Object.entries(value as object)
        .filter(([, entry]) => typeof entry === 'string')
        .map(([name]) => shown(name, 30))
        .slice(0, 6)
    : [];
  const remedy =
    names.length > 0
      ? `; choose one of its texts with --text-column (in a study, data.textColumn): ${names.join(', ')}`
      : ' (JSON lines have one object with a text a line)';
  throw new UserError(`${where}: no string "${shown(field)}"${remedy}`);
}
