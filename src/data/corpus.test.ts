// Corpora: what is read, in which order, and one clear line for everything that cannot be.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { openCorpus } from './corpus.ts';
import { readDocuments, surveyCorpus } from './survey.ts';
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
const documents = async (source: string) => {
  const corpus = openCorpus(source);
  return Array.fromAsync(readDocuments(corpus, await surveyCorpus(corpus, async () => {})));
};
const names = async (source: string) => (await documents(source)).map((d) => d.name);
const userError = (pattern: RegExp) => (e: Error) => {
  assert.ok(e instanceof UserError, `${e.name}: ${e.message}`);
  assert.match(e.message, pattern);
  assert.ok(!e.message.includes('\n'));
  return true;
};

test('sotu: 233 texts by year', async () => {
  const { sizes, textBytes, notRead, blank } = await survey('sotu');
  assert.equal(sizes.length, 233);
  assert.equal(textBytes, 10_761_413);
  assert.equal((await names('sotu'))[0], '1790_george_washington_n.txt');
  assert.equal(
    sizes.reduce((sum, bytes) => sum + bytes),
    textBytes,
  );
  assert.deepEqual([notRead, blank], [[], 0]);
});

test('a folder: in order of names, and all that is not read is counted by its reason', async () => {
  for (let i = 0; i < 20; i++) put(`folder/many/${String(i).padStart(2, '0')}.txt`, `text ${i}`);
  put('folder/Z.md', 'z');
  put('folder/a.TXT', 'a');
  put('folder/picture.png', Uint8Array.of(0, 1, 2));
  put('folder/table.csv', 'a,b\n');
  put('folder/LICENSE', 'free');
  put('folder/.hidden.txt', 'no');
  put('folder/.git/config.txt', 'no');
  put('folder/.git/objects/x', 'never');
  put('folder/blank.txt', ' \n ');
  put('folder/none.txt', '');
  put('folder/settings.json', '{"text": 1,\n "a": 2}');
  put('folder/line.json', '{"name": "x"}');
  put('folder/scan.txt', '%PDF-1.7\n%\xe2\n');
  put('outside/far.txt', 'far away');
  symlinkSync('..', join(root, 'folder/many/circle'));
  symlinkSync('nowhere', join(root, 'folder/many/broken.txt'));
  symlinkSync('loop.txt', join(root, 'folder/many/loop.txt'));
  symlinkSync('../../outside/far.txt', join(root, 'folder/many/near.txt'));
  symlinkSync('../outside', join(root, 'folder/away'));
  const source = join(root, 'folder');
  const corpus = openCorpus(source);
  const found = await surveyCorpus(corpus, async () => {});
  const list = (await Array.fromAsync(readDocuments(corpus, found))).map((d) => d.name);
  assert.deepEqual(
    [list.length, list[0], list[1], list[2], list.at(-1)],
    [23, 'Z.md', 'a.TXT', 'many/00.txt', 'many/near.txt'],
  );
  const plain = (entries: typeof found.notRead) =>
    Object.fromEntries(entries.map((e) => [e.reason, [e.files, e.bytes, e.names.join()]]));
  assert.deepEqual(plain(corpus.notRead), {
    'ending .png': [1, 3, 'picture.png'],
    'ending .csv': [1, 4, 'table.csv'],
    'no ending': [1, 4, 'LICENSE'],
    hidden: [3, 9, '.git,.hidden.txt'],
    'links to folders': [2, 8, 'away,many/circle'],
    'links to nothing': [2, 0, 'many/broken.txt,many/loop.txt'],
  });
  assert.deepEqual(plain(found.notRead), {
    empty: [2, 3, 'blank.txt,none.txt'],
    'JSON that is not one object a line': [1, 20, 'settings.json'],
    'JSON without texts': [1, 13, 'line.json'],
    'a PDF document': [1, 13, 'scan.txt'],
  });
});

test('a name that is not UTF-8 is counted with its bytes', { skip: process.platform !== 'linux' }, () => {
  put('odd/a.txt', 'some text');
  writeFileSync(
    Buffer.concat([Buffer.from(join(root, 'odd/')), Buffer.of(0xe9), Buffer.from('.txt')]),
    'lost',
  );
  assert.deepEqual(openCorpus(join(root, 'odd')).notRead, [
    { reason: 'names that are not UTF-8', files: 1, bytes: 4, names: ['\ufffd.txt'] },
  ]);
});

test('a folder of which most would not be read is refused, unless that is wanted', () => {
  put('mostly/README.md', 'x'.repeat(3000));
  put('mostly/data/weights.bin', 'x'.repeat(3001));
  const source = join(root, 'mostly');
  assert.throws(
    () => openCorpus(source),
    userError(
      /3\.0 KB of 6\.0 KB, namely ending \.bin \(1 file, 3\.0 KB: data\/weights\.bin\); give .* or add --partial/,
    ),
  );
  assert.equal(openCorpus(source, true).files.length, 1);
  put('mostly/data/weights.bin', 'x'.repeat(3000));
  assert.equal(openCorpus(source).files.length, 1);
  // What version control keeps does not count.
  put('mostly/.git/pack', 'x'.repeat(9000));
  assert.equal(openCorpus(source).notRead.length, 2);
});

test('a text column is refused where there are none', async () => {
  const read = (source: string, textColumn: string) =>
    surveyCorpus(openCorpus(source), async () => {}, { textColumn });
  await assert.rejects(
    read(put('plain.txt', 'text'), 'body'),
    userError(/plain\.txt has no columns or fields/),
  );
  put('some/a.md', 'text');
  put('some/b.jsonl', '{"body":"more"}\n');
  assert.equal((await read(join(root, 'some'), 'body')).textBytes, 20);
});

test('a single file is cut into numbered parts, at separators where it has them', async () => {
  const plain = await names(put('plain.txt', `${'A line of text.\n'.repeat(8)}\n`.repeat(100)));
  assert.ok(plain.length >= 20 && plain.length <= 50);
  assert.equal(plain[1], 'plain.txt#2');
  const separated = put(
    'separated.txt',
    Array.from({ length: 30 }, (_, i) => `story ${i}\n`).join('<|endoftext|>'),
  );
  assert.equal((await names(separated)).length, 30);
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
