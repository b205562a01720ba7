// For tests: a corpus in memory and a run of a fraction of a second.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createRng } from '../core/rng.ts';
import type { PreparedData, Tokenizer, TokenShard } from '../data/index.ts';
import { modelPreset } from '../model/presets.ts';
import { resolveHyper } from '../optim/registry.ts';
import type { RunConfig } from './config.ts';

export const VOCAB = 16;
const fingerprint = 'f'.repeat(64);

/** What a token stands for: one letter. */
export const letterOf = (id: number): string => 'abcdefghijklmnop'[id];

/** Tokens that mostly follow from the one before: something to learn, and something that cannot be. */
function shard(length: number, name: string): TokenShard {
  const rng = createRng(1, name);
  const ids = new Int32Array(length);
  for (let i = 1; i < length; i++)
    ids[i] = rng.uniform() < 0.7 ? (3 * ids[i - 1] + 1) % VOCAB : rng.below(VOCAB);
  return {
    length,
    read(start, out) {
      if (start < 0 || start + out.length > length) throw new RangeError(`tokens from ${start}`);
      out.set(ids.subarray(start, start + out.length));
    },
  };
}

export function syntheticData({ train = 2000, validation = 500 } = {}): PreparedData {
  return {
    corpus: 'synthetic',
    fingerprint,
    vocabSize: VOCAB,
    dir: '',
    tokenizerPath: '',
    train: shard(train, 'train'),
    validation: shard(validation, 'validation'),
    trainBytes: 2 * train,
    validationBytes: 2 * validation,
    bytesPerToken: 2,
    bytesIn: (ids) => 2 * ids.length,
    documents: { train: 1, validation: 1 },
    source: { notRead: [], blank: 0, duplicates: { leftOut: 0, kept: 0, heldOut: 0, heldOutBytes: 0 } },
    tokenizer: () => ({ decode: (ids) => Array.from(ids, letterOf).join('') }) as Tokenizer,
    close() {},
  };
}

/** Images of 6 x 6 pixels in noise, class c with a bright row 2 c. */
export function syntheticImages({ train = 2000, validation = 200 } = {}): PreparedData {
  const images = (count: number, name: string): TokenShard => {
    const rng = createRng(1, name);
    const values = Array.from({ length: count }, () => {
      const label = rng.below(3);
      const pixels = Array.from({ length: 36 }, (_, i) =>
        rng.below(Math.floor(i / 6) === 2 * label ? 256 : 160),
      );
      return [...pixels, label];
    }).flat();
    const all = Int32Array.from(values);
    return {
      length: all.length,
      read: (start, out) => out.set(all.subarray(start, start + out.length)),
    };
  };
  return {
    ...syntheticData(),
    corpus: 'synthetic images',
    vocabSize: 3,
    images: { side: 6 },
    train: images(train, 'train images'),
    validation: images(validation, 'validation images'),
    bytesPerToken: Number.NaN,
    bytesIn: undefined,
    documents: { train, validation },
  };
}

/** A run that learns within a few hundred steps, each well below a millisecond. */
export function tinyRun(changes: Partial<RunConfig> = {}, optimizer = 'adam'): RunConfig {
  const shape = { vocabSize: VOCAB, dim: 8, ffnDim: 12, seqLen: 8 };
  return {
    schema: 1,
    model: modelPreset('tiny', { ...shape, initStd: 0.1 }),
    data: { corpus: 'synthetic', fingerprint },
    optimizer: { name: optimizer, hyper: resolveHyper(optimizer) },
    lr: 0.02,
    schedule: { name: 'cosine', warmup: 0.1, final: 0.1 },
    clip: 1,
    batchSize: 4,
    microBatch: 4,
    steps: 60,
    seed: 1,
    eval: { tokens: 200, every: 0 },
    ...changes,
  };
}

/** The same with the tokens masked. */
export const maskedRun = (changes: Partial<RunConfig> = {}): RunConfig => {
  const run = tinyRun(changes);
  return { ...run, model: { ...run.model, vocabSize: VOCAB + 1, objective: 'mlm', maskRate: 0.25 } };
};

/** A run on `syntheticImages`. */
export const visionRun = (changes: Partial<RunConfig> = {}): RunConfig => {
  const run = tinyRun(changes);
  const vision = { vocabSize: 3, seqLen: 4, patch: 3, objective: 'classify', positions: 'learned' } as const;
  return { ...run, model: { ...run.model, ...vision } };
};

/** A folder that goes away when the test file ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-train-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
