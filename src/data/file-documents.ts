// The documents of one file, whatever it is: text, JSON lines or Parquet, compressed or not.
import { UserError } from '../core/errors.ts';
import { type CutRule, createCutter, cutDocuments } from './documents.ts';
import { createLineReader, type TextField, textOf } from './json-lines.ts';
import { isLfsPointer, isNamedJson, isNamedLines, isNamedParquet, isNamedTable, jsonKind } from './kinds.ts';
import type { CorpusFile } from './listing.ts';
import { parquetTexts } from './parquet.ts';
import { piecesOf } from './pieces.ts';
import { type Contents, openContents } from './strings.ts';

export interface ReadOptions extends TextField {
  rule: CutRule;
  /** Hears the raw bytes of the file, each once, in order. */
  onBytes(piece: Buffer): void;
  /** Hears the UTF-8 bytes of text as it is decoded. */
  onText?(bytes: number): void;
  /** Hears that the file has fields or columns. */
  onFields?(): void;
  /** Hears of a line or row without text, which is left out. */
  onBlank?(): void;
}

/**
 * A file that holds no text that could be read. In a folder it is left out and counted, alone it is refused.
 */
export class NotText extends UserError {
  /** Why, for a list of reasons. */
  readonly reason: string;
  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}

/** The texts of a file's documents, in order. Throws NotText, and UserError for a file that is damaged. */
export async function* fileDocuments(file: CorpusFile, options: ReadOptions): AsyncGenerator<string> {
  const { path, name } = file;
  const { rule, onBytes } = options;
  const contents = await openContents(path, onBytes);
  try {
    if (contents.kind === 'foreign') {
      const { what, remedy } = contents.foreign;
      throw new NotText(`${path} is ${what}, which is not read: ${remedy}`, what);
    }
    if (contents.kind === 'parquet') {
      options.onFields?.();
      yield* rows(heard(parquetTexts(path, options), options), options);
      // Read by position, so its bytes are heard on their own.
      for (const piece of piecesOf(path)) onBytes(piece);
    } else if (isNamedParquet(name)) {
      throw new UserError(`${path} is damaged, or not what its name says: it does not begin as Parquet does`);
    } else if (isLfsPointer(contents.head)) {
      throw new UserError(`${path} is a pointer of Git LFS and not the file itself: run git lfs pull`);
    } else if (linesOf(file, contents, options)) {
      options.onFields?.();
      yield* rows(lineTexts(path, contents, options), options);
    } else {
      if (isNamedTable(name))
        throw new NotText(
          `${path} is a table, whose text would be trained on with its commas and quotes: write its texts to a .jsonl file, or rename it to .txt to train on it as it stands`,
          'a table',
        );
      const cutter = createCutter(rule);
      for await (const piece of heard(contents.strings(), options)) yield* cutter.add(piece);
      yield* cutter.end();
    }
  } finally {
    await contents.close();
  }
}

/** Whether a text is JSON lines. Throws NotText for other JSON, and for objects without a text. */
function linesOf(
  { path, name }: CorpusFile,
  { head, whole }: Contents & { kind: 'text' },
  { textColumn = 'text' }: TextField,
): boolean {
  if (isNamedLines(name)) return true;
  if (head.trim() === '') return false;
  const kind = jsonKind(head, whole);
  if (kind === 'document' || (kind === undefined && isNamedJson(name)))
    throw new NotText(
      `${path} is ${kind ? '' : 'named '}JSON, but not one object a line: write it so (for an array of objects: jq -c '.[]' old.json > new.jsonl)`,
      'JSON that is not one object a line',
    );
  if (kind === 'lines') checkFirst(head, textColumn, path);
  return kind === 'lines';
}

/** The first object of lines that no name calls so must have a text: many settings are JSON on one line. */
function checkFirst(head: string, textColumn: string, path: string): void {
  const line = head.split('\n').find((text) => text.trim() !== '')!;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return; // longer than what is looked at: the reader will tell
  }
  try {
    textOf(value, textColumn, `${path} line 1`);
  } catch (error) {
    throw new NotText((error as Error).message, 'JSON without texts');
  }
}

async function* heard(texts: AsyncIterable<string>, { onText }: ReadOptions): AsyncGenerator<string> {
  for await (const text of texts) {
    onText?.(Buffer.byteLength(text));
    yield text;
  }
}

async function* lineTexts(
  path: string,
  contents: Contents & { kind: 'text' },
  options: ReadOptions,
): AsyncGenerator<string> {
  const reader = createLineReader(path, options);
  for await (const piece of heard(contents.strings(), options)) yield* reader.add(piece);
  yield* reader.end();
}

/** Each row or line is a text of its own. */
async function* rows(texts: AsyncIterable<string>, { rule, onBlank }: ReadOptions): AsyncGenerator<string> {
  for await (const text of texts) {
    let some = false;
    for (const document of cutDocuments([text], rule)) {
      some = true;
      yield document;
    }
    if (!some) onBlank?.();
  }
}
