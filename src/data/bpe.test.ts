// The tokenizer agrees id for id with the Rust package `tokenizers` on the same file, for any Unicode.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { byteLevelAlphabet, byteLevelPreTokenizer, Tokenizer as Reference } from 'tokenizers';
import { createTokenizer, type Tokenizer } from './bpe.ts';
import { trainBpe, WordCounts } from './bpe-train.ts';
import { openCorpus } from './corpus.ts';
import { Heap } from './heap.ts';
import { byteToChar, wordPattern } from './pretokenize.ts';

let json: string;
let sample: string;
let ours: Tokenizer;
let reference: Reference;

before(() => {
  const words = new WordCounts();
  const texts = openCorpus('sotu')
    .files.filter((_, i) => i % 30 === 7)
    .map((f) => readFileSync(f.path, 'utf8'));
  sample = texts.join('\n');
  for (const text of texts) words.add(text);
  // Text with other scripts, so that merges reach across their bytes too.
  words.add(
    '日本語の文章です。日本語の文章です。 привет мир, привет мир! 😀😀 👩‍👩‍👧 ééé éé  \t\t\n\n\n   مرحبا مرحبا 한국어 한국어'.repeat(
      3,
    ),
  );
  json = trainBpe(words, 1500);
  ours = createTokenizer(json);
  reference = Reference.fromString(json);
});

const referenceIds = async (tokenizer: Reference, text: string) =>
  (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();

/** Text that hits merges, mixed with anything else Unicode has. */
const text = () =>
  fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.tuple(fc.nat(sample.length), fc.nat(60)).map(([at, n]) => sample.slice(at, at + n)),
        fc.constantFrom(
          ' ',
          '  ',
          '\n',
          '\t',
          '\r\n',
          '\u00a0',
          '\u0085',
          '\u2028',
          '\u3000',
          '\ufeff',
          '\0',
          '\u200d',
          '\u0301',
        ),
        fc.constantFrom(
          "'s",
          "'ll",
          "'LL",
          "'",
          '1',
          '²',
          '٣',
          'Ⅷ',
          '語の文章',
          '😀',
          '👩‍👩‍👧',
          'ééé',
          'مرحبا',
          '한국',
          '\ufffd',
        ),
        fc.constantFrom('<|endoftext|>', '<|endoftext', '|>', '<|<|endoftext|>|>'),
      ),
      { maxLength: 12 },
    )
    .map((list) => list.join(''));

test('ids are those of the package, and decode gives the text back', async () => {
  await fc.assert(
    fc.asyncProperty(text(), async (s) => {
      const ids = ours.encode(s);
      assert.deepEqual([...ids], await referenceIds(reference, s));
      assert.equal(ours.decode(ids), s);
    }),
    { numRuns: 2000 },
  );
});

test('whole addresses agree', async () => {
  const ids = ours.encode(sample);
  assert.deepEqual([...ids], await referenceIds(reference, sample));
  assert.equal(ours.decode(ids), sample);
  assert.ok(ids.length < sample.length / 3);
});

test('lone surrogates are read as U+FFFD, as by the package', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 0xd800, max: 0xdfff }), fc.integer({ min: 32, max: 0x3000 }))),
      async (codes) => {
        const s = String.fromCharCode(...codes);
        const ids = ours.encode(s);
        assert.deepEqual([...ids], await referenceIds(reference, s));
        assert.equal(ours.decode(ids), s.toWellFormed());
      },
    ),
  );
});

test('any ids decode as the package decodes them, broken characters included', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(1499), { maxLength: 30 }), async (ids) => {
      assert.equal(ours.decode(ids), await reference.decode(ids, false));
    }),
    { numRuns: 500 },
  );
  assert.throws(() => ours.decode([1500]), RangeError);
  assert.throws(() => ours.decode([-1]), RangeError);
  assert.deepEqual([...ours.decodeBytes([0, 1 + 33])], [...Buffer.from('<|endoftext|>B')]);
});

test('every character falls into the same class of word', () => {
  // Before each: a letter, a digit, punctuation. What joins them tells letters,
  // numbers, spaces and the rest apart.
  const preTokenizer = byteLevelPreTokenizer(false);
  const unassigned = /[\p{Co}\p{Cs}]/u;
  let line = '';
  const check = () => {
    const expected = preTokenizer.preTokenizeString(line).map(([word]) => word);
    const found = Array.from(line.match(wordPattern)!, (word) =>
      Array.from(Buffer.from(word), (b) => byteToChar[b]).join(''),
    );
    assert.deepEqual(found, expected);
    line = '';
  };
  for (let code = 0; code < 0x110000; code++) {
    const c = String.fromCodePoint(code);
    // All of the planes in use; the long runs of ideographs and Hangul by sample.
    if (unassigned.test(c) || (code > 0x34000 && code < 0xe0000) || code > 0xe01f0) continue;
    if (
      code % 37 !== 0 &&
      /[\p{Ideographic}\p{Script=Hangul}]/u.test(c) &&
      !(code >= 0x18d00 && code < 0x18e00) &&
      !(code > 0x2b730 && code < 0x2b740) &&
      !(code > 0x323af && code < 0x33480)
    )
      continue;
    line += `a${c}1${c}!${c} x `;
    if (line.length > 20_000) check();
  }
  check();
});

test('the alphabet is that of the package', () => {
  assert.deepEqual([...byteToChar].sort(), byteLevelAlphabet().sort());
});

test('the work on a long word grows with its length alone', (t) => {
  const s = 'government'.repeat(8000) + ' '.repeat(40_000);
  const { push } = Heap.prototype;
  let pushes = 0;
  Heap.prototype.push = function (item) {
    pushes++;
    push.call(this, item);
  };
  t.after(() => {
    Heap.prototype.push = push;
  });
  const ids = ours.encode(s);
  // Each pair is considered once, and each of the merges, fewer than there are bytes, makes two new ones.
  assert.ok(pushes > s.length / 3 && pushes < 3 * s.length, String(pushes));
  assert.equal(ours.decode(ids), s);
});

test('special token and sizes', () => {
  assert.deepEqual([...ours.encode('<|endoftext|>')], [0]);
  assert.deepEqual([ours.endOfText, ours.vocabSize], [0, 1500]);
  assert.deepEqual([...ours.encode('')], []);
  assert.equal(ours.decode([]), '');
});
