// Prepared data as the rest of the program sees it, and how what is prepared already is opened.
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { createTokenizer, type Tokenizer } from './bpe.ts';
import { Cache } from './cache.ts';
import type { ExampleData, ImageSet } from './examples.ts';
import { checkFolder, type Manifest, readUnlinked, type Source } from './manifest.ts';
import { openShard, type TokenShard, type TokenType } from './shards.ts';

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
  /** The files of the splits, and the type of their numbers; absent where they are in memory. */
  shards?: { train: string; validation: string; type: TokenType };
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
  /** What of the corpus was not read, and what stands in it twice. */
  source: Source;
  /** Reads the tokenizer. Throws UserError for images. */
  tokenizer(): Tokenizer;
  close(): void;
}

/**
 * Opens data that is already prepared. Throws UserError when the cache does not hold it, or holds it damaged.
 */
export async function openData(fingerprint: string, cacheDir?: string): Promise<PreparedData> {
  const cache = new Cache(cacheDir);
  cache.checkOwner();
  const dir = cache.folder(fingerprint);
  const manifest = await checkFolder(dir, fingerprint);
  if (typeof manifest === 'string') {
    throw new UserError(
      `prepared data ${fingerprint.slice(0, 16)} cannot be opened (${dir}: ${manifest}): run gaplab data prepare with its corpus`,
    );
  }
  return open(dir, manifest);
}

/** Opens a folder of prepared data wherever it lies. Throws UserError when it is not sound. */
export async function openFolder(dir: string): Promise<PreparedData> {
  // A folder that is named may be named by a link.
  const real = existsSync(dir) ? realpathSync(dir) : resolve(dir);
  const manifest = await checkFolder(real);
  if (typeof manifest === 'string') throw new UserError(`${dir} is no sound prepared data: ${manifest}`);
  return open(real, manifest);
}

/**
 * Opens a folder that was checked. `name` and `source` are those of the corpus at hand,
 * which need not be the one it was built from.
 */
export function open(
  dir: string,
  manifest: Manifest,
  { name, source }: { name: string; source: Source } = { name: manifest.corpus, source: manifest.source },
): PreparedData {
  const shards = {
    train: join(dir, manifest.train.file),
    validation: join(dir, manifest.validation.file),
    type: manifest.tokenType,
  };
  const train = openShard(shards.train, shards.type);
  const validation = openShard(shards.validation, shards.type);
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
    shards,
    tokenizerPath,
    train,
    validation,
    trainBytes: manifest.train.bytes,
    validationBytes: manifest.validation.bytes,
    bytesPerToken: images ? Number.NaN : manifest.validation.bytes / manifest.validation.tokens,
    documents: { train: manifest.train.documents, validation: manifest.validation.documents },
    source,
    tokenizer() {
      if (images) throw new UserError(`corpus ${name} holds images, which have no tokenizer`);
      return (known ??= createTokenizer(readUnlinked(tokenizerPath), tokenizerPath));
    },
    ...(images ? {} : { bytesIn: (ids) => data.tokenizer().bytesIn(ids) }),
    close() {
      train.close();
      validation.close();
    },
  };
  return data;
}
