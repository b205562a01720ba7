// Parquet files of two makers: every way they are compressed and encoded, which column is read,
// and damage in one line.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { parquetTexts } from './parquet.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-parquet-'));
after(() => rmSync(root, { recursive: true }));
const path = join(root, 'a.parquet');

const recorded: { texts: (string | null)[]; files: Record<string, string> } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/parquet.json'), 'utf8'),
);
const expected = recorded.texts.map((text) => text ?? '');

function read(content: Uint8Array, textColumn?: string): Promise<string[]> {
  writeFileSync(path, content);
  return Array.fromAsync(parquetTexts(path, { textColumn }));
}
const made = (columns: Record<string, unknown[]>, type: 'STRING' | 'INT32' | 'BYTE_ARRAY' = 'STRING') =>
  new Uint8Array(
    parquetWriteBuffer({ columnData: Object.entries(columns).map(([name, data]) => ({ name, data, type })) }),
  );
const userError = (pattern: RegExp) => (e: Error) => {
  assert.ok(e instanceof UserError, `${e.stack}`);
  assert.match(e.message, pattern);
  assert.ok(e.message.startsWith(path) && !e.message.includes('\n') && e.message.length < 400, e.message);
  return true;
};

for (const [name, content] of Object.entries(recorded.files))
  test(`a file of pyarrow: ${name}`, async () => {
    assert.deepEqual(await read(Buffer.from(content, 'base64')), expected);
  });

test('the column is the one that is asked for, else text, else the only one of strings', async () => {
  const two = made({ text: ['a', 'b'], body: ['c', 'd'] });
  assert.deepEqual(await read(two), ['a', 'b']);
  assert.deepEqual(await read(two, 'body'), ['c', 'd']);
  assert.deepEqual(await read(made({ story: ['e', null, 'f'] })), ['e', '', 'f']);
  await assert.rejects(
    read(two, 'title'),
    userError(/no column of text called title; choose one .*: text, body$/),
  );
  await assert.rejects(
    read(made({ question: ['a'], answer: ['b'] })),
    userError(/has several columns of text; choose one with --text-column .*: question, answer$/),
  );
  await assert.rejects(
    read(made({ id: [1] }, 'INT32')),
    userError(/has no column of text \(its columns: id\)/),
  );
  await assert.rejects(read(made({ text: [1] }, 'INT32')), userError(/has no column of text/));
});

test('bytes that are not UTF-8 are told', async () => {
  await assert.rejects(
    read(made({ text: [Uint8Array.of(97, 255)] }, 'BYTE_ARRAY')),
    userError(/a text in it is not UTF-8/),
  );
});

test('a file that is cut or damaged ends in one line, if it ends in an error', async () => {
  const rng = createRng(3, 'parquet');
  for (const name of ['none', 'snappy', 'zstd', 'delta strings']) {
    const whole = Buffer.from(recorded.files[name], 'base64');
    for (let i = 0; i < 60; i++) {
      const cut = whole.subarray(0, rng.below(whole.length));
      await assert.rejects(read(cut), userError(/cannot be read as Parquet: it is damaged/));
      const flipped = Buffer.from(whole);
      flipped[rng.below(whole.length)] ^= 1 << rng.below(8);
      // Parquet has no checksum of its own: a changed letter is read as it stands.
      await read(flipped).catch(userError(/./));
    }
  }
});
