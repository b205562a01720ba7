// Encodes a corpus into the two shards of a new cache folder, document by document, and publishes it.
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createTokenizer } from './bpe.ts';
import { type Cache, fingerprintOf, type Manifest, manifestCheck, sha256, writeDurably } from './cache.ts';
import { type Corpus, readDocuments, type Survey } from './corpus.ts';
import type { Tick } from './progress.ts';
import { createShardWriter, tokenType } from './shards.ts';

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

export interface EncodeOptions {
  cache: Cache;
  corpus: Corpus;
  survey: Survey;
  /** Whether each document is held out. */
  held: boolean[];
  /** Text of tokenizer.json. */
  tokenizer: string;
  tick: Tick;
}

/** Builds the folder of prepared data and moves it into the cache. On an error nothing is left behind. */
export async function encodeCorpus(options: EncodeOptions): Promise<Manifest> {
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
  { corpus, survey, held, tokenizer: json, tick }: EncodeOptions,
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
  const total = survey.documents.reduce((sum, d) => sum + d.bytes, 0);
  const end = Int32Array.of(tokenizer.endOfText);
  let entries: DocumentEntry[] = [];
  const flush = () => {
    appendFileSync(join(dir, 'documents.jsonl'), entries.map((e) => `${JSON.stringify(e)}\n`).join(''));
    entries = [];
  };
  try {
    let [index, done] = [0, 0];
    for (const { name, text } of readDocuments(corpus, survey.rule)) {
      const split = held[index] ? 'validation' : 'train';
      const target = parts[split];
      const { bytes } = survey.documents[index++];
      const ids = tokenizer.encode(text);
      target.writer.append(ids);
      target.writer.append(end);
      entries.push({ split, name, start: target.tokens, tokens: ids.length + 1, bytes });
      if (entries.length >= 1000) flush();
      target.tokens += ids.length + 1;
      target.bytes += bytes;
      target.documents++;
      done += bytes;
      await tick({ phase: 'encode', done, total });
    }
    flush();
    const finish = ({ writer, file, bytes, documents }: ReturnType<typeof part>) => ({
      file,
      bytes,
      documents,
      ...writer.finish(),
    });
    const [train, validation] = [finish(parts.train), finish(parts.validation)];
    const tokenizerHash = sha256(json);
    const fields = {
      schema: 1 as const,
      corpus: corpus.name,
      fingerprint: fingerprintOf(`tokenizer ${tokenizerHash}`, train.sha256, validation.sha256),
      vocabSize: tokenizer.vocabSize,
      tokenType: type,
      endOfText: tokenizer.endOfText,
      tokenizer: { file: 'tokenizer.json', sha256: tokenizerHash },
      train,
      validation,
    };
    const manifest: Manifest = { ...fields, check: manifestCheck(fields) };
    writeDurably(join(dir, 'tokenizer.json'), json);
    writeDurably(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
    return manifest;
  } finally {
    parts.train.writer.close();
    parts.validation.writer.close();
  }
}
