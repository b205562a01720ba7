// One text in every form that is read gives the same documents; what is no text is refused under its name.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import zlib from 'node:zlib';
import { UserError } from '../core/errors.ts';
import { fileDocuments, NotText } from './file-documents.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-files-'));
after(() => rmSync(root, { recursive: true }));

const rule = { longest: 1 << 20, part: 1 << 16 };
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

/** The texts of a file of that name and content, its bytes as heard, and its lines without text. */
async function read(name: string, content: string | Uint8Array, textColumn?: string) {
  const path = join(root, name);
  writeFileSync(path, content);
  const pieces: Buffer[] = [];
  const bytes = Buffer.from(content);
  let blank = 0;
  const file = { name, path, bytes: bytes.length, changed: 0 };
  const texts = await Array.fromAsync(
    fileDocuments(file, { rule, textColumn, onBytes: (piece) => pieces.push(piece), onBlank: () => blank++ }),
  );
  assert.ok(Buffer.concat(pieces).equals(bytes), 'every byte is heard once');
  return { texts, blank };
}
const refused = (name: string, content: string | Uint8Array, message: RegExp, isOther = false) =>
  assert.rejects(read(name, content), (e: Error) => {
    assert.ok(e instanceof UserError && e instanceof NotText === isOther, `${e.stack}`);
    assert.match(e.message, message);
    assert.ok(e.message.includes(join(root, name)) && !e.message.includes('\n'));
    return true;
  });

test('text: plain, compressed in one or several parts, in UTF-16, with a byte order mark', async () => {
  const text = 'Der Bär, 熊, 🐻\n'.repeat(20_000);
  const half = [text.slice(0, 100_001), text.slice(100_001)];
  const swapped = utf16(text).swap16();
  const forms: [string, Uint8Array][] = [
    ['a.txt', Buffer.from(text)],
    ['mark.txt', Buffer.from(`\ufeff${text}`)],
    ['a.txt.gz', zlib.gzipSync(text)],
    ['a.txt.zst', zlib.zstdCompressSync(text)],
    ['members.txt.gz', Buffer.concat(half.map((part) => zlib.gzipSync(part)))],
    ['frames.txt.zst', Buffer.concat(half.map((part) => zlib.zstdCompressSync(part)))],
    ['little.txt', utf16(text)],
    ['big.txt', swapped],
    ['little.txt.gz', zlib.gzipSync(utf16(text))],
    // The content decides, whatever the name.
    ['named.md', zlib.zstdCompressSync(text)],
    ['unpacked.txt.gz', Buffer.from(text)],
  ];
  for (const [name, content] of forms) assert.deepEqual((await read(name, content)).texts, [text], name);
});

test('JSON lines, under any name', async () => {
  const lines = '{"text":"one\\n\\ntwo","id":1}\n\n{"text":"three"}\r\n{"text":""}\n{"text":null}\n';
  for (const [name, content] of [
    ['a.jsonl', lines],
    ['a.ndjson', lines],
    ['a.json', lines],
    ['a.txt', lines],
    ['a', lines],
    ['a.jsonl.gz', zlib.gzipSync(lines)],
    ['a.json.zst', zlib.zstdCompressSync(lines)],
    ['b.jsonl', utf16(lines)],
    ['c.jsonl', `\ufeff${lines}`],
  ] as [string, string | Buffer][])
    assert.deepEqual(await read(name, content), { texts: ['one\n\ntwo', 'three'], blank: 2 }, name);
  const long = JSON.stringify({ id: 'x'.repeat(300_000), text: 'far behind' });
  for (const name of ['long.jsonl', 'long.json', 'long.txt'])
    assert.deepEqual((await read(name, long)).texts, ['far behind']);
});

test('the text of JSON lines may stand in another field', async () => {
  const lines = '{"text":"no","body":"yes"}\n{"body":"again"}\n';
  assert.deepEqual((await read('other.jsonl', lines, 'body')).texts, ['yes', 'again']);
  await refused(
    'body.jsonl',
    '{"body":"yes","id":1}',
    /line 1: no string "text"; choose .* --text-column .*: body$/,
  );
});

test('a line that is wrong is named', async () => {
  await refused('bad.jsonl', '{"text":"a"}\n{oops\n', /bad\.jsonl line 2: no valid JSON/);
  await refused('late.json', `${'{"text":"a"}\n'.repeat(9)}[1]\n`, /late\.json line 10: no string "text"/);
  await refused('number.jsonl', '{"text":1}', /line 1: no string "text"/);
  await refused('null.jsonl', 'null', /line 1: no string "text"/);
  await refused('proto.jsonl', '{"__proto__":{"text":"a"}}', /line 1: no string "text"/);
});

test('other JSON is not text, under any name', async () => {
  const documents = [
    '[{"text": "a"}, {"text": "b"}]',
    JSON.stringify([{ text: 'a'.repeat(200_000) }]),
    JSON.stringify({ text: 'a', more: [1, 2] }, null, 2),
    JSON.stringify(
      Array.from({ length: 30_000 }, (_, id) => ({ id, text: 'b' })),
      null,
      1,
    ),
    JSON.stringify(['some', 'words']),
    JSON.stringify(
      Array.from({ length: 30_000 }, (_, i) => `word ${i}`),
      null,
      1,
    ),
  ];
  for (const name of ['other.json', 'other.txt', 'other'])
    for (const content of documents)
      await refused(name, content, /is JSON, but not one object a line: .*jq/, true);
  await refused('settings.json', '{"a":1}', /no string "text"/, true);
  await refused('text.json', 'no JSON at all', /is named JSON, but not one object a line/, true);
});

test('text that begins like JSON is text', async () => {
  for (const text of [
    '[1] A. Author, A Book.\n[2] Another.\n',
    '{ curly } braces\n',
    '{"quoted" words} in braces\n',
    '[see "The Title", 1999]\n',
    '{}\nthen prose\n',
    '["a", he said, "b"] and so on\n',
  ])
    assert.deepEqual((await read('text.txt', text)).texts, [text]);
});

test('files that are no text are called what they are', async () => {
  const zip = (name: string) =>
    Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\0\0'), Buffer.from(`${name}\0\0`)]);
  const tar = Buffer.alloc(1024);
  tar.write('a.txt');
  tar.write('ustar', 257);
  const binary = (text: string) => Buffer.from(`${text}\0\0\xff`, 'latin1');
  const kinds: [Uint8Array, RegExp][] = [
    [binary('BZh91AY&SY'), /is a bzip2 file.*: unpack it/],
    [binary('\xfd7zXZ\0'), /is an xz file/],
    [zip('notes.txt'), /is a zip archive/],
    [zip('word/document.xml'), /is a Word document \(\.docx\)/],
    [zip('mimetypeapplication/epub+zip'), /is an EPUB book/],
    [zip('xl/workbook.xml'), /is an Excel file/],
    [tar, /is a tar archive/],
    [zlib.gzipSync(tar), /is a tar archive/],
    [zlib.gzipSync(zlib.gzipSync('twice')), /was compressed twice.*: unpack it once/],
    [zlib.zstdCompressSync(Buffer.from('%PDF-1.4')), /is a PDF document/],
    [Buffer.from('%PDF-1.4\ntext only'), /is a PDF document.*: save its text/],
    [binary('SQLite format 3\0'), /is an SQLite database/],
    [binary('ARROW1'), /is an Arrow file/],
    [binary('\x89PNG\r\n\x1a\n'), /is a PNG image/],
    [binary('\xff\xd8\xff\xe0'), /is a JPEG image/],
    [binary('\x7fELF'), /is a program/],
    [Buffer.from([0xff, 0xfe, 0, 0, 65, 0, 0, 0]), /is text in UTF-32/],
  ];
  for (const [content, message] of kinds) await refused('given.txt', content, message, true);
  await refused('table.csv', 'text,label\n"a",1\n', /is a table/, true);
  // Letters that text may begin with as well.
  for (const text of ['GGUF is a format\n', 'ORCs and elves\n', 'BZh\n', 'PK, he wrote\n'])
    assert.deepEqual((await read('text.txt', text)).texts, [text]);
});

test('what was not fetched, or is not what its name says, is damage', async () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 1048576\n';
  for (const name of ['a.txt', 'a.jsonl.zst'])
    await refused(name, pointer, /is a pointer of Git LFS .*git lfs pull/);
  for (const content of [pointer, '', '<html>'])
    await refused('a.parquet', content, /is damaged, or not what its name says/);
});

test('damage is named with the file', async () => {
  const text = Array.from({ length: 5000 }, (_, i) => `line ${i * i}\n`).join('');
  for (const [name, packed] of [
    ['a.txt.gz', zlib.gzipSync(text)],
    [
      'a.jsonl.zst',
      zlib.zstdCompressSync(`{"text":${JSON.stringify(text)}}\n`, {
        params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
      }),
    ],
  ] as const) {
    for (const length of [12, packed.length >> 1, packed.length - 1])
      await refused(name, packed.subarray(0, length), /is cut short: its (gzip|Zstandard) stream has no end/);
    const flipped = Buffer.from(packed);
    flipped[packed.length >> 1] ^= 1;
    await refused(name, flipped, /is damaged|no valid JSON|not UTF-8/);
    await refused(name, Buffer.concat([packed, Buffer.from('more')]), /is damaged|is cut short/);
  }
  await refused('nul.txt', 'abc\0', /is not a text file: NUL byte at offset 3/);
  await refused(
    'latin.txt',
    Buffer.from('na\xefve', 'latin1'),
    /is not UTF-8 text: invalid byte at offset 2/,
  );
  await refused(
    'bare.txt',
    utf16('A text of some length').subarray(2),
    /looks like UTF-16 text without a byte order mark/,
  );
  await refused('half.txt', Buffer.concat([utf16('text'), Buffer.of(65)]), /is not UTF-16 text/);
  await refused('lone.txt', utf16('a\ud800b'), /is not UTF-16 text/);
});
