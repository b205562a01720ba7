// Encodes a corpus into the two shards of a new cache folder, document by document, and publishes it.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { sha256 } from '../files/sha256.ts';
import { createTokenizer, type Tokenizer, UnknownByteError } from './bpe.ts';
import type { Cache } from './cache.ts';
import type { Corpus } from './corpus.ts';
import { place } from './duplicates.ts';
import { fingerprintOf, type Manifest, type Source, writeManifest } from './manifest.ts';
import { createPrivateFile, writePrivate } from './private.ts';
import type { Tick } from './progress.ts';
import { createShardWriter, tokenType } from './shards.ts';
import { type Document, readDocuments, type Survey } from './survey.ts';

/** One line of documents.jsonl: where a document stands in its shard, the end token included. */
export interface DocumentEntry {
  split: 'train' | 'validation';
  name: string;
  /** Position of its first token. */
  start: number;
  tokens: number;
  /** UTF-8 bytes. */
  bytes: number;
}

export interface EncodeCorpusOptions {
  cache: Cache;
  corpus: Corpus;
  survey: Survey;
  /** Where each document goes (see `place`). */
  places: Uint8Array;
  source: Source;
  /** Text of tokenizer.json. */
  tokenizer: string;
  tick: Tick;
}

/** Builds the folder of prepared data and moves it into the cache. On an error nothing is left behind. */
export async function encodeCorpus(options: EncodeCorpusOptions): Promise<Manifest> {
  const { cache } = options;
  const dir = cache.begin();
  try {
    const manifest = await cache.writing(() => build(dir, options));
    await cache.publish(dir, manifest.fingerprint);
    return manifest;
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

async function build(
  dir: string,
  { corpus, survey, places, source, tokenizer: json, tick }: EncodeCorpusOptions,
): Promise<Manifest> {
  const tokenizer = createTokenizer(json);
  const type = tokenType(tokenizer.vocabSize);
  const part = (file: string) => ({
    file,
    bytes: 0,
    documents: 0,
    tokens: 0,
    writer: createShardWriter(join(dir, file), type),
  });
  const parts = { train: part('train.bin'), validation: part('validation.bin') };
  const list = createPrivateFile(join(dir, 'documents.jsonl'));
  const total = survey.sizes.reduce((sum, bytes) => sum + bytes, 0);
  const end = Int32Array.of(tokenizer.endOfText);
  try {
    let [index, done] = [0, 0];
    for await (const document of readDocuments(corpus, survey)) {
      const at = places[index];
      const bytes = survey.sizes[index++];
      done += bytes;
      if (at !== place.left) {
        const split = at === place.validation ? 'validation' : 'train';
        const target = parts[split];
        const ids = encoded(tokenizer, document);
        target.writer.append(ids);
        target.writer.append(end);
        const tokens = ids.length + 1;
        const entry: DocumentEntry = { split, name: document.name, start: target.tokens, tokens, bytes };
        list.append(`${JSON.stringify(entry)}\n`);
        target.tokens += tokens;
        target.bytes += bytes;
        target.documents++;
      }
      await tick({ phase: 'encode', done, total });
    }
    const finish = ({ writer, file, bytes, documents }: ReturnType<typeof part>) => ({
      file,
      bytes,
      documents,
      ...writer.finish(),
    });
    const [train, validation] = [finish(parts.train), finish(parts.validation)];
    const tokenizerHash = sha256(json);
    writePrivate(join(dir, 'tokenizer.json'), json);
    return writeManifest(dir, {
      corpus: corpus.name,
      fingerprint: fingerprintOf(`tokenizer ${tokenizerHash}`, train.sha256, validation.sha256),
      vocabSize: tokenizer.vocabSize,
      tokenType: type,
      endOfText: tokenizer.endOfText,
      tokenizer: { file: 'tokenizer.json', sha256: tokenizerHash },
      documents: { file: 'documents.jsonl', ...list.finish() },
      train,
      validation,
      source,
    });
  } finally {
    list.close();
    parts.train.writer.close();
    parts.validation.writer.close();
  }
}

function encoded(tokenizer: Tokenizer, { name, text }: Document): Int32Array {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (!(error instanceof UnknownByteError)) throw error;
    throw new UserError(`document ${name}: ${error.message}`);
  }
}
