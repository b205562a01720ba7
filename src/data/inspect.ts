// What prepared data looks like, in numbers and samples, for people.

import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { parseJson } from '../files/atomic.ts';
import type { DocumentEntry } from './encode.ts';
import type { Source } from './manifest.ts';
import { piecesOf } from './pieces.ts';
import type { PreparedData } from './prepared.ts';
import type { TokenShard } from './shards.ts';

export interface TokenCount {
  id: number;
  /** The token as text; bytes inside a character show as U+FFFD. */
  text: string;
  count: number;
}

export interface SplitReport {
  documents: number;
  bytes: number;
  tokens: number;
  bytesPerToken: number;
}

export interface DataReport {
  corpus: string;
  fingerprint: string;
  dir: string;
  vocabSize: number;
  /** What of the corpus was not read, and what stands in it twice. */
  source: Source;
  train: SplitReport;
  validation: SplitReport;
  /** Names of some held-out documents. */
  heldOut: string[];
  /** Most frequent tokens of the training split, and how many of the vocabulary occur there at all. */
  topTokens: TokenCount[];
  usedTokens: number;
  /** Decoded beginning of the training split and of the validation split. */
  samples: { train: string; validation: string };
}

/**
 * Reads the training split once. `top`: how many tokens and held-out names to list;
 * `sampleTokens`: length of the samples.
 */
export function inspectData(data: PreparedData, { top = 20, sampleTokens = 80 } = {}): DataReport {
  const tokenizer = data.tokenizer();
  const counts = countTokens(data.train, data.vocabSize);
  const order = Array.from(counts.keys())
    .filter((id) => counts[id] > 0)
    .sort((a, b) => counts[b] - counts[a] || a - b);
  const sample = (shard: TokenShard) => {
    const ids = new Int32Array(Math.min(sampleTokens, shard.length));
    shard.read(0, ids);
    return tokenizer.decode(ids);
  };
  const split = (name: 'train' | 'validation', bytes: number): SplitReport => {
    const tokens = data[name].length;
    return { documents: data.documents[name], bytes, tokens, bytesPerToken: bytes / tokens };
  };
  return {
    corpus: data.corpus,
    fingerprint: data.fingerprint,
    dir: data.dir,
    vocabSize: data.vocabSize,
    source: data.source,
    train: split('train', data.trainBytes),
    validation: split('validation', data.validationBytes),
    heldOut: heldOutNames(data.dir, top),
    topTokens: order.slice(0, top).map((id) => ({ id, text: tokenizer.decode([id]), count: counts[id] })),
    usedTokens: order.length,
    samples: { train: sample(data.train), validation: sample(data.validation) },
  };
}

function countTokens(shard: TokenShard, vocabSize: number): Float64Array {
  const counts = new Float64Array(vocabSize);
  const buffer = new Int32Array(1 << 16);
  for (let start = 0; start < shard.length; start += buffer.length) {
    const ids = buffer.subarray(0, Math.min(buffer.length, shard.length - start));
    shard.read(start, ids);
    for (const id of ids) counts[id]++;
  }
  return counts;
}

/** The list of documents may be large: it is read line by line, as far as needed. */
function heldOutNames(dir: string, most: number): string[] {
  const path = join(dir, 'documents.jsonl');
  const names: string[] = [];
  const take = (line: string) => {
    const entry = parseJson(line) as Partial<DocumentEntry> | undefined;
    if (typeof entry?.name !== 'string')
      throw new UserError(`${path} is damaged: remove its folder and prepare the corpus again`);
    if (entry.split === 'validation') names.push(entry.name);
  };
  const decoder = new TextDecoder();
  let rest = '';
  for (const piece of piecesOf(path)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (names.length < most) take(line);
    if (names.length === most) break;
  }
  return names;
}
