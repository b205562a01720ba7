// From a corpus to token shards, once: survey, split, train the tokenizer, encode, publish in the cache.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import { createTokenizer, type Tokenizer } from './bpe.ts';
import { trainBpe, WordCounts } from './bpe-train.ts';
import { Cache, checkFolder, type Manifest, sha256 } from './cache.ts';
import { type Corpus, openCorpus, readDocuments, type Survey, surveyCorpus } from './corpus.ts';
import { encodeCorpus } from './encode.ts';
import type { ExampleData, ImageSet } from './examples.ts';
import { encodeImages, type ImageCorpus, imageCorpora, imagesIn } from './images.ts';
import { type PrepareProgress, type Tick, ticker } from './progress.ts';
import { openShard, type TokenShard } from './shards.ts';
import { splitDocuments, splitVersion } from './split.ts';

/** Raise it when the same corpus and options would give other shards or another layout. */
const formatVersion = 1;

/** The tokenizer learns from about this much of the training split, taken evenly; beyond it merges hardly change. */
const tokenizerBytes = 64 << 20;

/** Names of the corpora that come with gaplab; any other corpus is a path. */
export const builtinCorpora: readonly string[] = ['sotu', ...Object.keys(imageCorpora)];

/** Rows of the embedding: small, because at nano scale the vocabulary is most of the parameters. */
export const defaultVocabSize = 2048;

export interface PrepareOptions {
  /** `sotu` (State of the Union addresses), `mnist` (images), or the path of a text file or folder. */
  corpus: string;
  /** Entries of the tokenizer that is trained. Default 2048; not used with `tokenizer`, nor for images. */
  vocabSize?: number;
  /** Path of a Hugging Face tokenizer.json to use in place of a trained one. */
  tokenizer?: string;
  cacheDir?: string;
  onProgress?(progress: PrepareProgress): void;
  /** Hears of a damaged cache that is built anew. Default: a line on stderr. */
  onWarning?(message: string): void;
  /** Stops between documents; the cache stays as it was. */
  signal?: AbortSignal;
}

/** Tokenized text, or images, ready to train on. */
export interface PreparedData extends ExampleData {
  /** Name for people. */
  corpus: string;
  /** SHA-256 (hex) of tokenizer and shards: independent of machine, path and time. */
  fingerprint: string;
  /** Entries of the tokenizer, or classes of the images. */
  vocabSize: number;
  images?: ImageSet;
  dir: string;
  /** Empty for images. */
  tokenizerPath: string;
  train: TokenShard;
  validation: TokenShard;
  /** UTF-8 bytes of the splits; pixels, of images. */
  trainBytes: number;
  validationBytes: number;
  /** Of the validation split, document ends counted as tokens. NaN for images. */
  bytesPerToken: number;
  /** UTF-8 bytes of the text that some tokens stand for; undefined for images. */
  bytesIn?(ids: ArrayLike<number>): number;
  /** Documents, or images. */
  documents: { train: number; validation: number };
  /** Reads the tokenizer. Throws UserError for images. */
  tokenizer(): Tokenizer;
  close(): void;
}

/**
 * Tokenizes a corpus, or opens what an earlier call left in the cache. A corpus whose files kept names, sizes and times is
 * not read at all; one that was copied or touched is read and recognised by its contents.
 * Throws UserError for a corpus, tokenizer or cache that cannot be used.
 */
export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const { vocabSize = defaultVocabSize, onWarning = console.warn } = options;
  options.signal?.throwIfAborted();
  const cache = new Cache(options.cacheDir);
  const images = imagesIn(options.corpus);
  if (images) return prepareImages(cache, images, options);
  const corpus = openCorpus(options.corpus);
  const given = options.tokenizer === undefined ? undefined : readTokenizer(options.tokenizer);
  const recipe = { format: formatVersion, split: splitVersion, tokenizer: given ? sha256(given) : vocabSize };

  const quickKey = sha256(JSON.stringify([recipe, corpus.files]));
  const found = await openKey(cache, quickKey, corpus.name, onWarning);
  if (found) return found;

  // What is wrong with a tokenizer is better known before the corpus is read.
  if (given !== undefined) createTokenizer(given, options.tokenizer);

  const tick = ticker(options.onProgress, options.signal);
  const total = corpus.files.reduce((sum, f) => sum + f.bytes, 0);
  const survey = await surveyCorpus(corpus, (done) => tick({ phase: 'read', done, total }));
  const key = sha256(JSON.stringify([recipe, survey.sha256]));
  const same = await openKey(cache, key, corpus.name, onWarning);
  if (same) {
    cache.remember(quickKey, same.fingerprint);
    return same;
  }
  const held = splitDocuments(survey.documents, corpus.name);
  const json = given ?? (await learnTokenizer(corpus, survey, held, vocabSize, tick));
  const manifest = await encodeCorpus({ cache, corpus, survey, held, tokenizer: json, tick });
  cache.remember(key, manifest.fingerprint);
  cache.remember(quickKey, manifest.fingerprint);
  return open(cache.folder(manifest.fingerprint), manifest, corpus.name);
}

async function prepareImages(
  cache: Cache,
  images: ImageCorpus,
  options: PrepareOptions,
): Promise<PreparedData> {
  const { corpus: name, onWarning = console.warn } = options;
  if (options.tokenizer !== undefined || options.vocabSize !== undefined)
    throw new UserError(
      `corpus ${name} holds images, which have no tokenizer: leave out its file and its vocabulary size`,
    );
  const key = sha256(JSON.stringify([{ format: formatVersion, images: name }, images.list()]));
  const found = await openKey(cache, key, name, onWarning);
  if (found) return found;
  const manifest = await encodeImages(cache, name, ticker(options.onProgress, options.signal));
  cache.remember(key, manifest.fingerprint);
  return open(cache.folder(manifest.fingerprint), manifest, name);
}

/** Opens data that is already prepared. Throws UserError when the cache does not hold it, or holds it damaged. */
export async function openData(fingerprint: string, cacheDir?: string): Promise<PreparedData> {
  const dir = new Cache(cacheDir).folder(fingerprint);
  const manifest = await checkFolder(dir);
  if (typeof manifest === 'string') {
    throw new UserError(
      `prepared data ${fingerprint.slice(0, 16)} cannot be opened (${dir}: ${manifest}): run gaplab data prepare with its corpus`,
    );
  }
  return open(dir, manifest);
}

/** Opens a folder of prepared data wherever it lies. Throws UserError when it is not sound. */
export async function openFolder(dir: string): Promise<PreparedData> {
  const manifest = await checkFolder(resolve(dir));
  if (typeof manifest === 'string') throw new UserError(`${dir} is no sound prepared data: ${manifest}`);
  return open(resolve(dir), manifest);
}

async function openKey(cache: Cache, key: string, name: string, warn: (message: string) => void) {
  const fingerprint = cache.lookUp(key);
  if (fingerprint === undefined) return undefined;
  const dir = cache.folder(fingerprint);
  const manifest = await checkFolder(dir);
  if (typeof manifest !== 'string') return open(dir, manifest, name);
  warn(`the cached data of ${name} is damaged (${dir}: ${manifest}) and is built anew`);
  return undefined;
}

function open(dir: string, manifest: Manifest, name = manifest.corpus): PreparedData {
  const train = openShard(join(dir, manifest.train.file), manifest.tokenType);
  const validation = openShard(join(dir, manifest.validation.file), manifest.tokenType);
  const { images } = manifest;
  const tokenizerPath = manifest.tokenizer ? join(dir, manifest.tokenizer.file) : '';
  // Read once: every run on this data asks for it.
  let known: Tokenizer | undefined;
  const data: PreparedData = {
    corpus: name,
    fingerprint: manifest.fingerprint,
    vocabSize: manifest.vocabSize,
    ...(images ? { images } : {}),
    dir,
    tokenizerPath,
    train,
    validation,
    trainBytes: manifest.train.bytes,
    validationBytes: manifest.validation.bytes,
    bytesPerToken: images ? Number.NaN : manifest.validation.bytes / manifest.validation.tokens,
    documents: { train: manifest.train.documents, validation: manifest.validation.documents },
    tokenizer() {
      if (images) throw new UserError(`corpus ${name} holds images, which have no tokenizer`);
      return (known ??= createTokenizer(readFileSync(tokenizerPath, 'utf8'), tokenizerPath));
    },
    ...(images ? {} : { bytesIn: (ids) => data.tokenizer().bytesIn(ids) }),
    close() {
      train.close();
      validation.close();
    },
  };
  return data;
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
  held: boolean[],
  vocabSize: number,
  tick: Tick,
): Promise<string> {
  const words = new WordCounts();
  const total = survey.documents.reduce((sum, d, i) => (held[i] ? sum : sum + d.bytes), 0);
  const stride = Math.ceil(total / tokenizerBytes);
  let [index, done, trained] = [0, 0, 0];
  for (const { text } of readDocuments(corpus, survey.rule)) {
    if (!held[index]) {
      if (trained++ % stride === 0) words.add(text);
      done += survey.documents[index].bytes;
    }
    index++;
    await tick({ phase: 'tokenizer', done, total });
  }
  return trainBpe(words, vocabSize);
}
