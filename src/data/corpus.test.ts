// Corpora: what is read, in which order, and one clear line for everything that cannot be.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { openCorpus, readDocuments, surveyCorpus } from './corpus.ts';
import { readUtf8 } from './text-file.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-corpus-'));
after(() => rmSync(root, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}
const survey = (source: string) => surveyCorpus(openCorpus(source), async () => {});
const names = async (source: string) => (await survey(source)).documents.map((d) => d.name);
const userError = (pattern: RegExp) => (e: Error) => {
  assert.ok(e instanceof UserError, `${e.name}: ${e.message}`);
  assert.match(e.message, pattern);
  assert.ok(!e.message.includes('\n'));
  return true;
};

test('sotu: 233 texts by year', async () => {
  const { documents, bytes } = await survey('sotu');
  assert.equal(documents.length, 233);
  assert.equal(bytes, 10_761_413);
  assert.equal(documents[0].name, '1790_george_washington_n.txt');
  assert.equal(
    documents.reduce((sum, d) => sum + d.bytes, 0),
    bytes,
  );
});

test('a folder: text files only, recursively, in order of their names, none hidden', async () => {
  for (let i = 0; i < 20; i++) put(`folder/many/${String(i).padStart(2, '0')}.txt`, `text ${i}`);
  put('folder/Z.md', 'z');
  put('folder/a.TXT', 'a');
  put('folder/picture.png', Uint8Array.of(0, 1, 2));
  put('folder/.hidden.txt', 'no');
  put('folder/.git/config.txt', 'no');
  put('folder/blank.txt', ' \n ');
  symlinkSync('..', join(root, 'folder/many/circle'));
  symlinkSync('nowhere', join(root, 'folder/many/broken.txt'));
  const found = await names(join(root, 'folder'));
  assert.deepEqual(
    [found.length, found[0], found[1], found[2], found.at(-1)],
    [22, 'Z.md', 'a.TXT', 'many/00.txt', 'many/19.txt'],
  );
});

test('a single file is cut into numbered parts, at separators where it has them', async () => {
  const plain = await survey(put('plain.txt', `${'A line of text.\n'.repeat(8)}\n`.repeat(100)));
  assert.ok(plain.documents.length >= 20 && plain.documents.length <= 50);
  assert.equal(plain.documents[1].name, 'plain.txt#2');
  const separated = put(
    'separated.txt',
    Array.from({ length: 30 }, (_, i) => `story ${i}\n`).join('<|endoftext|>'),
  );
  assert.equal((await survey(separated)).documents.length, 30);
});

test('.jsonl: the text of every line', () => {
  const path = put('lines.jsonl', '{"text":"one\\n\\ntwo","id":1}\n\n{"text":"three"}\r\n{"text":""}\n');
  const texts = [...readDocuments(openCorpus(path), { longest: 999, part: 300 })].map((d) => d.text);
  assert.deepEqual(texts, ['one\n\ntwo', 'three']);
});

test('a byte order mark is no text', () => {
  const path = put('mark.txt', '\ufefftext \ufeff');
  assert.deepEqual(
    [...readDocuments(openCorpus(path), { longest: 999, part: 300 })].map((d) => d.text),
    ['text \ufeff'],
  );
});

test('text that is not UTF-8 or holds NUL is refused with file and offset', () => {
  const drain = (path: string) => Buffer.concat([...readUtf8(path)]);
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.nat(3),
      fc.constantFrom(0, 0x80, 0xc0, 0xff, 0xe2, 0xf5),
      (text, shift, byte) => {
        // The damage sits near the border of the chunks in which files are read.
        const good = Buffer.from(`${'a'.repeat((1 << 20) - 20 + shift)}${text.replaceAll('\0', '')}`);
        const path = put('border.txt', good);
        assert.ok(drain(path).equals(good));
        const word = byte === 0 ? 'NUL byte' : 'invalid byte';
        put('border.txt', Buffer.concat([good, Buffer.of(byte), Buffer.from('z')]));
        assert.throws(
          () => drain(path),
          userError(new RegExp(`border\\.txt is not.*${word} at offset ${good.length}\\b`)),
        );
        put('border.txt', Buffer.concat([good, Buffer.from('é').subarray(0, 1)]));
        assert.throws(() => drain(path), userError(new RegExp(`invalid byte at offset ${good.length}\\b`)));
      },
    ),
    { numRuns: 10 },
  );
});

test('everything unreadable is one clear line', async () => {
  assert.throws(
    () => openCorpus(join(root, 'missing')),
    userError(/cannot read the corpus .*missing: no such file or folder/),
  );
  assert.throws(() => openCorpus(join(put('file', 'x'), 'below')), userError(/a part of the path is a file/));
  put('pictures/a.png', 'x');
  assert.throws(() => openCorpus(join(root, 'pictures')), userError(/holds no text files \(\.txt/));
  await assert.rejects(survey(put('empty.txt', '')), userError(/empty\.txt is empty/));
  await assert.rejects(survey(put('blank.txt', ' \n\n ')), userError(/blank\.txt is empty/));
  await assert.rejects(
    survey(put('bad.jsonl', '{"text":"a"}\n{oops\n')),
    userError(/bad\.jsonl line 2: no valid JSON/),
  );
  await assert.rejects(
    survey(put('no.jsonl', '{"body":"a"}')),
    userError(/no\.jsonl line 1: no string "text"/),
  );
  await assert.rejects(survey(put('null.jsonl', 'null')), userError(/line 1: no string "text"/));
});

test('a file without permission to read is named', { skip: process.platform === 'win32' }, async () => {
  const path = put('secret.txt', 'x');
  chmodSync(path, 0);
  // root may read everything: be nobody for a moment.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    chmodSync(root, 0o755);
    process.seteuid!(65534);
  }
  try {
    await assert.rejects(survey(path), userError(/secret\.txt: permission denied/));
  } finally {
    if (isRoot) process.seteuid!(0);
  }
});

test('a pipe is refused, not waited for', { skip: process.platform === 'win32' }, () => {
  const path = join(root, 'pipe');
  execFileSync('mkfifo', [path]);
  assert.throws(() => openCorpus(path), userError(/neither a file nor a folder/));
});
