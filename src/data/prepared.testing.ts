// A small corpus, prepared into a cache of its own, for tests.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach } from 'node:test';
import { UserError } from '../core/errors.ts';
import { openCorpus } from './corpus.ts';
import { type PrepareOptions, prepareData } from './prepare.ts';
import type { PreparedData } from './prepared.ts';
import type { TokenShard } from './shards.ts';

export const root = mkdtempSync(join(tmpdir(), 'gaplab-prepare-'));
after(() => rmSync(root, { recursive: true }));
export let cacheDir: string;
let n = 0;
beforeEach(() => {
  cacheDir = join(root, `cache${n++}`);
});

// 24 addresses of the default corpus: a folder of documents.
export const folder = join(root, 'addresses');
mkdirSync(folder);
for (const { path, name } of openCorpus('sotu').files.slice(0, 24)) cpSync(path, join(folder, name));

export const all = (shard: TokenShard) => {
  const out = new Int32Array(shard.length);
  shard.read(0, out);
  return out;
};
/** Prepares, closes at once, and says whether the corpus was read and what was warned of. */
export async function prepare(options: Partial<PrepareOptions> = {}) {
  const warnings: string[] = [];
  const data = await prepareData({
    corpus: folder,
    vocabSize: 400,
    cacheDir,
    onWarning: (m) => warnings.push(m),
    ...options,
  });
  data.close();
  return { ...data, warnings };
}
export const userError = (pattern: RegExp) => (e: Error) => {
  assert.ok(e instanceof UserError, `${e.name}: ${e.message}`);
  assert.match(e.message, pattern);
  assert.ok(!e.message.includes('\n'));
  return true;
};
export const content = (data: PreparedData) =>
  Object.fromEntries(readdirSync(data.dir).map((f) => [f, readFileSync(join(data.dir, f), 'utf8')]));
