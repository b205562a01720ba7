// From a corpus to token shards, once: survey, split, train the tokenizer, encode, publish in the cache.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import { sha256 } from '../files/sha256.ts';
import { createTokenizer } from './bpe.ts';
import { trainBpe, WordCounts } from './bpe-train.ts';
import { Cache, type Note } from './cache.ts';
import { type Corpus, openCorpus, totalBytes } from './corpus.ts';
import { countDuplicates, firstOccurrences, place } from './duplicates.ts';
import { encodeCorpus } from './encode.ts';
import { tickMs } from './identity.ts';
import type { ImageCorpus } from './image-corpus.ts';
import { encodeImages, imageCorpora, imagesIn } from './images.ts';
import type { TextField } from './json-lines.ts';
import type { CorpusFile } from './listing.ts';
import { checkFolder, type Manifest, type Source } from './manifest.ts';
import { checkShare, sourceText } from './not-read.ts';
import { open, type PreparedData } from './prepared.ts';
import { type PrepareProgress, type Tick, ticker } from './progress.ts';
import { splitDocuments, splitVersion } from './split.ts';
import { readDocuments, type Survey, surveyCorpus } from './survey.ts';

/** Raise it when the same corpus and options would give other shards or another layout. */
const formatVersion = 2;

/**
 * The tokenizer learns from about this much of the training split, taken evenly;
 * beyond it merges hardly change.
 */
const tokenizerBytes = 64 << 20;

/** Names of the corpora that come with gaplab; any other corpus is a path. */
export const builtinCorpora: readonly string[] = ['sotu', ...Object.keys(imageCorpora)];

/** Rows of the embedding: small, because at nano scale the vocabulary is most of the parameters. */
export const defaultVocabSize = 2048;

/** What is read of a corpus, and how. */
export interface ReadingOptions extends TextField {
  /** Leave out documents whose text stood in the corpus before (white space aside). */
  deduplicate?: boolean;
  /** Go on when most bytes of a folder are not read. */
  partial?: boolean;
}

export interface PrepareOptions extends ReadingOptions {
  /** `sotu` (State of the Union addresses), `mnist` (images), or the path of a text file or folder. */
  corpus: string;
  /** Entries of the tokenizer that is trained. Default 2048; not used with `tokenizer`, nor for images. */
  vocabSize?: number;
  /** Path of a Hugging Face tokenizer.json to use in place of a trained one. */
  tokenizer?: string;
  cacheDir?: string;
  onProgress?(progress: PrepareProgress): void;
  /**
   * Hears what of the corpus is not read or stands in both splits, and of a damaged cache that is built anew.
   * Default: a line on stderr.
   */
  onWarning?(message: string): void;
  /** Stops between documents; the cache stays as it was. */
  signal?: AbortSignal;
}

/**
 * Tokenizes a corpus, or opens what an earlier call left in the cache. A corpus whose files are the same
 * to the file system (see `identityOf`) is not read at all; one that was copied or touched is read
 * and recognised by its contents. Throws UserError for a corpus, tokenizer or cache that cannot be used.
 */
export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const { onWarning = console.warn } = options;
  options.signal?.throwIfAborted();
  const cache = new Cache(options.cacheDir);
  cache.checkOwner();
  const images = imagesIn(options.corpus);
  if (images) return prepareImages(cache, images, options);
  const corpus = openCorpus(options.corpus, options.partial);
  const data = await prepareText(cache, corpus, { ...options, onWarning: once(onWarning) });
  // What the listing left out is known anew each time; the cache keeps what only reading tells.
  data.source = { ...data.source, notRead: [...corpus.notRead, ...data.source.notRead] };
  for (const line of sourceText(data)) onWarning(line);
  return data;
}

/** Two keys may lead to the same damage. */
function once(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
}

async function prepareText(cache: Cache, corpus: Corpus, options: PrepareOptions): Promise<PreparedData> {
  const { vocabSize = defaultVocabSize, textColumn, deduplicate = false, partial, onWarning } = options;
  const given = options.tokenizer === undefined ? undefined : readTokenizer(options.tokenizer);
  const tokenizer = given === undefined ? vocabSize : sha256(given);
  const recipe = { format: formatVersion, split: splitVersion, tokenizer, textColumn, deduplicate };

  const total = totalBytes(corpus.files);
  const check = ({ notRead }: Pick<Source, 'notRead'>) => {
    const left = notRead.reduce((sum, { bytes }) => sum + bytes, 0);
    if (corpus.folder !== undefined && !partial)
      checkShare(corpus.folder, total - left, [...corpus.notRead, ...notRead]);
  };
  const quickKey = keyOfFiles(recipe, corpus.files);
  const found = await openKey(cache, quickKey, corpus.name, onWarning, check);
  if (found) return found;

  // What is wrong with a tokenizer is better known before the corpus is read.
  if (given !== undefined) createTokenizer(given, options.tokenizer);

  await settle(corpus.files);
  const tick = ticker(options.onProgress, options.signal);
  const survey = await surveyCorpus(corpus, (done) => tick({ phase: 'read', done, total }), {
    textColumn,
    deduplicate,
  });
  check(survey);
  const { places, source } = planOf(survey, corpus.name, deduplicate);
  const key = keyOf({ ...recipe, content: survey.sha256 });
  const same = await openKey(cache, key, corpus.name, onWarning);
  if (same) {
    remember(cache, [quickKey], { fingerprint: same.fingerprint, source });
    return Object.assign(same, { source });
  }
  const json = given ?? (await learnTokenizer(corpus, survey, places, vocabSize, tick));
  const manifest = await encodeCorpus({ cache, corpus, survey, places, source, tokenizer: json, tick });
  const note: Note = { fingerprint: manifest.fingerprint, source };
  remember(cache, [key, quickKey], note);
  return open(cache.folder(manifest.fingerprint), manifest, { name: corpus.name, source });
}

const keyOf = (recipe: object): string => sha256(JSON.stringify(recipe));

/** Key of a corpus that need not be read to be known; none where the file system does not tell changes. */
function keyOfFiles(recipe: object, files: readonly CorpusFile[]): string | undefined {
  if (files.some(({ identity }) => identity === undefined)) return undefined;
  return keyOf({ ...recipe, files: files.map(({ name, identity }) => [name, identity]) });
}

function remember(cache: Cache, keys: (string | undefined)[], { fingerprint, source }: Note): void {
  for (const key of keys) if (key !== undefined) cache.remember(key, { fingerprint, source });
}

/** Waits until a change that comes now would carry another time than the one that was seen. */
async function settle(files: readonly CorpusFile[]): Promise<void> {
  const age = Date.now() - files.reduce((newest, { changed }) => Math.max(newest, changed), 0);
  if (age < tickMs) await setTimeout(tickMs);
}

/** Where each document goes, and what is to be told of the corpus. */
function planOf(survey: Survey, name: string, deduplicate: boolean): { places: Uint8Array; source: Source } {
  const { sizes, prints, notRead, blank } = survey;
  const first = firstOccurrences(prints);
  const kept = [...sizes.keys()].filter((i) => !deduplicate || first[i] === i);
  const held = splitDocuments(
    kept.map((i) => sizes[i]),
    deduplicate ? `${name} without its repetitions` : name,
  );
  const places = new Uint8Array(sizes.length).fill(place.left);
  kept.forEach((i, k) => {
    places[i] = held[k] ? place.validation : place.train;
  });
  return { places, source: { notRead, blank, duplicates: countDuplicates(first, places, sizes) } };
}

async function prepareImages(
  cache: Cache,
  images: ImageCorpus,
  options: PrepareOptions,
): Promise<PreparedData> {
  const { corpus: name, onWarning } = options;
  const { tokenizer, vocabSize, textColumn, deduplicate } = options;
  if (tokenizer !== undefined || vocabSize !== undefined)
    throw new UserError(
      `corpus ${name} holds images, which have no tokenizer: leave out its file and its vocabulary size`,
    );
  if (textColumn !== undefined || deduplicate)
    throw new UserError(
      `corpus ${name} holds images, whose splits are fixed: leave out the text column and deduplication`,
    );
  const key = keyOf({ format: formatVersion, images: name, content: images.sha256 });
  const found = await openKey(cache, key, name, onWarning);
  if (found) return found;
  const manifest = await encodeImages(cache, name, ticker(options.onProgress, options.signal));
  cache.remember(key, manifest);
  return open(cache.folder(manifest.fingerprint), manifest);
}

async function openKey(
  cache: Cache,
  key: string | undefined,
  name: string,
  warn: (message: string) => void = console.warn,
  check: (source: Source) => void = () => {},
): Promise<PreparedData | undefined> {
  const note = key === undefined ? undefined : cache.lookUp(key);
  if (note === undefined) return undefined;
  if (typeof note !== 'string') check(note.source);
  let reason: string;
  let dir = cache.dir;
  if (typeof note === 'string') reason = `keys/${key}.json: ${note}`;
  else {
    dir = cache.folder(note.fingerprint);
    const manifest: Manifest | string = await checkFolder(dir, note.fingerprint);
    if (typeof manifest !== 'string') return open(dir, manifest, { name, source: note.source });
    reason = manifest;
  }
  warn(`the cached data of ${name} is damaged (${dir}: ${reason}) and is built anew`);
  return undefined;
}

function readTokenizer(path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8');
  } catch (error) {
    throw new UserError(`cannot read the tokenizer ${path}: ${fileErrorText(error)}`);
  }
}

async function learnTokenizer(
  corpus: Corpus,
  survey: Survey,
  places: Uint8Array,
  vocabSize: number,
  tick: Tick,
): Promise<string> {
  const words = new WordCounts();
  const { sizes } = survey;
  const total = sizes.reduce((sum, size, i) => (places[i] === place.train ? sum + size : sum), 0);
  const stride = Math.ceil(total / tokenizerBytes);
  let [index, done, trained] = [0, 0, 0];
  for await (const { text } of readDocuments(corpus, survey)) {
    if (places[index] === place.train) {
      if (trained++ % stride === 0) words.add(text);
      done += sizes[index];
    }
    index++;
    await tick({ phase: 'tokenizer', done, total });
  }
  return trainBpe(words, vocabSize);
}
