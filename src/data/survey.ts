// The first reading of a corpus: what is in it, how it is cut, and a hash by which
// later readings are held to the same text.
import { createHash } from 'node:crypto';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { Corpus } from './corpus.ts';
import type { CutRule } from './documents.ts';
import { createPrints, firstOccurrences } from './duplicates.ts';
import { fileDocuments, NotText } from './file-documents.ts';
import type { TextField } from './json-lines.ts';
import { type CorpusFile, createNotRead, type NotRead } from './listing.ts';
import { notReadText } from './not-read.ts';

/** A document longer than this is cut into parts, so that memory stays bounded whatever the corpus. */
const longest = 1 << 20;
/** Length of the parts. */
const part = 1 << 16;
/** With fewer documents than this, a whole one would be far from 5% of the text: they are cut into parts. */
const fewDocuments = 20;

export interface SurveyOptions extends TextField {
  /** Whether repeated documents will be left out. */
  deduplicate?: boolean;
}

export interface Survey extends TextField {
  /** SHA-256 of names and contents of the files (hex). */
  sha256: string;
  /** How the texts are cut into documents. */
  rule: CutRule;
  /** Of each file of the corpus: SHA-256 of its bytes, and its documents. */
  files: { sha256: string; documents: number }[];
  /** UTF-8 bytes of each document, in order. */
  sizes: number[];
  /** Hashes of the documents (see `createPrints`). */
  prints: Uint32Array;
  /** UTF-8 bytes of all text, with what stands between the documents. */
  textBytes: number;
  /** Files in which no text was found, by reason. */
  notRead: NotRead[];
  /** Lines and rows without text. */
  blank: number;
}

export interface Document {
  name: string;
  text: string;
}

/**
 * Reads the corpus once, document by document. `tick` hears the bytes read so far and may pause the reading.
 * Throws UserError for a file that is damaged, is no text and stands alone, or changes meanwhile;
 * and for a corpus without text.
 */
export async function surveyCorpus(
  corpus: Corpus,
  tick: (bytes: number) => Promise<void>,
  { textColumn, deduplicate }: SurveyOptions = {},
): Promise<Survey> {
  const field = { textColumn };
  const whole = await surveyBy(corpus, { longest, part }, tick, field);
  if (whole.sizes.length === 0) {
    throw new UserError(
      `the corpus ${corpus.name} is empty: there is no text in it; not read: ${notReadText(whole.notRead)}`,
    );
  }
  const documents = deduplicate
    ? firstOccurrences(whole.prints).filter((first, i) => first === i)
    : whole.sizes;
  if (documents.length >= fewDocuments) return whole;
  return surveyBy(corpus, shortRule(whole.textBytes), tick, field);
}

/** The rule that cuts so many bytes into some forty parts. */
function shortRule(bytes: number): CutRule {
  const short = Math.min(part, Math.max(256, Math.floor(bytes / (2 * fewDocuments))));
  return { longest: 2 * short, part: short };
}

async function surveyBy(
  corpus: Corpus,
  rule: CutRule,
  tick: (bytes: number) => Promise<void>,
  field: TextField,
): Promise<Survey> {
  const all = createHash('sha256');
  const files: Survey['files'] = [];
  const sizes: number[] = [];
  const prints = createPrints();
  const left = createNotRead();
  let [bytes, textBytes, blank] = [0, 0, 0];
  let hasFields = false;
  for (const file of corpus.files) {
    const own = createHash('sha256');
    const before = { bytes, documents: sizes.length };
    const onBytes = (piece: Buffer) => {
      own.update(piece);
      bytes += piece.length;
    };
    const onText = (n: number) => {
      textBytes += n;
    };
    const onFields = () => {
      hasFields = true;
    };
    const onBlank = () => {
      blank++;
    };
    try {
      for await (const text of fileDocuments(file, { ...field, rule, onBytes, onText, onFields, onBlank })) {
        sizes.push(Buffer.byteLength(text));
        prints.add(text);
        await tick(bytes);
      }
    } catch (error) {
      if (!(error instanceof NotText) || corpus.folder === undefined) throw error;
      left.add(error.reason, file.name, file.bytes);
      files.push({ sha256: '', documents: 0 });
      continue;
    }
    if (bytes - before.bytes !== file.bytes) throw changed(file);
    const documents = sizes.length - before.documents;
    if (documents === 0) left.add('empty', file.name, file.bytes);
    const sha256 = own.digest('hex');
    files.push({ sha256, documents });
    all.update(`${file.name}\0${sha256}`);
  }
  const { textColumn } = field;
  if (textColumn !== undefined && !hasFields)
    throw new UserError(
      `the corpus ${corpus.name} has no columns or fields: leave out the text column, ${shown(textColumn)}`,
    );
  const sha256 = all.digest('hex');
  return {
    textColumn,
    sha256,
    rule,
    files,
    sizes,
    prints: prints.list(),
    textBytes,
    notRead: left.list(),
    blank,
  };
}

const changed = ({ path }: CorpusFile) =>
  new UserError(`${path} changed while it was read: run the same command again when nothing writes to it`);

/**
 * The documents of a corpus as they were surveyed, in order, one in memory at a time.
 * Throws UserError for a file that holds something else by now.
 */
export async function* readDocuments(corpus: Corpus, survey: Survey): AsyncGenerator<Document> {
  const { rule, textColumn } = survey;
  let index = 0;
  for (const [i, file] of corpus.files.entries()) {
    const { documents, sha256 } = survey.files[i];
    if (documents === 0) continue;
    const hash = createHash('sha256');
    const end = index + documents;
    let n = 0;
    try {
      for await (const text of fileDocuments(file, {
        rule,
        textColumn,
        onBytes: (piece) => hash.update(piece),
      })) {
        if (index === end) throw changed(file);
        index++;
        // A file that is one document has the file's name; several are numbered.
        yield { name: documents === 1 ? file.name : `${file.name}#${++n}`, text };
      }
    } catch (error) {
      // Damage that was not there at the first reading.
      throw error instanceof UserError ? changed(file) : error;
    }
    if (index !== end || hash.digest('hex') !== sha256) throw changed(file);
  }
}
