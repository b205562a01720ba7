// Damaged sources: each is refused by one line that names the file, whatever is wrong with it.
import assert from 'node:assert/strict';
import { globSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { UserError } from '../core/errors.ts';
import { unpacked } from './fixtures.testing.ts';
import { readRuns } from './registry.ts';

const flip = (at: number) => (file: string) => {
  const bytes = readFileSync(file);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] ^= 0xff;
  writeFileSync(file, bytes);
};
const cut = (bytes: number) => (file: string) => truncateSync(file, bytes);
const replace = (from: string, to: string) => (file: string) =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));

/** Fixture, file in it, what is done to it, what the line says. */
const damages: [string, string, (file: string) => void, RegExp][] = [
  ['wandb', '**/*.wandb', flip(2000), /the checksum at byte \d+ is wrong/],
  ['wandb', '**/*.wandb', flip(5), /its header is damaged/],
  ['tensorboard', '**/events*', flip(120), /damaged|is wrong/],
  [
    'mlflow_sqlite',
    '*.db',
    (file) => writeFileSync(file, readFileSync(file).fill(0x5a, 8192)),
    /cannot be read as an SQLite database/,
  ],
  ['optuna_sqlite', '*.db', cut(30_000), /holds no runs|cannot be read as an SQLite database/],
  ['mlflow_files', '**/metrics/val_loss', replace(' ', '-'), /line 1 is no measurement/],
  ['optuna_journal', '*.log', replace('"op_code":5', '"op_code"5'), /line \d+ is no whole JSON/],
  [
    'trackio',
    'jsonl/**/*.jsonl',
    replace('"kind":"metric","project"', '"kind":"metric" "project"'),
    /line 1 is no whole JSON/,
  ],
  ['transformers', 'lr0.1/checkpoint-20/*.json', cut(900), /this is no whole JSON, perhaps it was cut short/],
  ['lightning', '**/metrics.csv', replace('\n0,', '\n0,"'), /this is no CSV table/],
  ['tables', 'history.parquet', flip(-20), /cannot be read as Parquet/],
  ['tables', 'runs.csv', replace('\nadam-b8-lr0.001,', '\n"adam-b8-lr0.001,'), /this is no CSV table/],
];

for (const [i, [fixture, pattern, damage, words]] of damages.entries())
  test(`damage ${i + 1}: ${fixture} (${words.source})`, async () => {
    const dir = unpacked(fixture, after);
    const file = join(dir, globSync(pattern, { cwd: dir }).sort()[0]);
    damage(file);
    // A source of one file, where the kind is one of single files: other kinds are read from their folder.
    const source =
      fixture === 'transformers' || fixture === 'mlflow_files'
        ? dir
        : fixture === 'trackio'
          ? dirname(dirname(file))
          : file;
    await assert.rejects(readRuns(source), (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, words);
      assert.ok(
        error.message.includes(basename(file)) || error.message.includes(basename(dir)),
        error.message,
      );
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  });

test('files that were being written when their run was killed are read up to there', async () => {
  const dir = unpacked('wandb', after);
  const [file] = globSync('**/*.wandb', { cwd: dir })
    .sort()
    .map((name) => join(dir, name));
  assert.deepEqual((await readRuns(dir)).cut, []);
  // The first part of a record whose other parts were never written.
  const part = Buffer.from('part');
  const header = Buffer.alloc(7);
  header.writeUInt32LE(crc32(part, crc32(Buffer.of(2))), 0);
  header.writeUInt16LE(part.length, 4);
  header[6] = 2;
  const whole = readFileSync(file);
  writeFileSync(file, Buffer.concat([whole, header, part]));
  assert.deepEqual((await readRuns(file)).cut, [basename(file)]);
  writeFileSync(file, whole);
  cut(5000)(file);
  const { runs, cut: ended } = await readRuns(file);
  assert.deepEqual(ended, [basename(file)]);
  assert.equal(runs[0].ending, 'unfinished');
  assert.ok(runs[0].series['train.loss'].steps.length > 5);
  const logs = unpacked('tensorboard', after);
  const event = globSync('**/events*', { cwd: logs })
    .map((name) => join(logs, name))
    .find((one) => readFileSync(one).length > 1500)!;
  cut(1200)(event);
  const events = await readRuns(event);
  assert.deepEqual(events.cut, [basename(event)]);
  assert.ok(events.runs[0].series['train/loss'].steps.length > 2);
  const journals = unpacked('optuna_journal', after);
  const journal = join(journals, 'journal.log');
  assert.deepEqual((await readRuns(journal)).cut, []);
  cut(readFileSync(journal).length - 5)(journal);
  assert.deepEqual((await readRuns(journal)).cut, ['journal.log']);
});
