// Cutting text into documents: nothing lost, however the text arrives, and separators always honoured.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutDocuments } from './documents.ts';
import { endOfText } from './tokenizer-file.ts';

const rule = { longest: 600, part: 256 };
const pieces = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 300 }) },
  { weight: 2, arbitrary: fc.constantFrom(endOfText, '<|endof', 'text|>') },
  fc.constantFrom(
    '\n\n',
    '\n',
    ' ',
    '\r\n\r\n',
    '\n \n',
    'word '.repeat(90),
    'x'.repeat(700),
    '😀'.repeat(400),
  ),
);
const texts = fc.array(pieces, { maxLength: 15 }).map((list) => list.join(''));

/** Chunks of a text at arbitrary places (but not inside a character, as files are read). */
const chunked = (text: string, sizes: number[]) => {
  const chars = Array.from(text);
  const chunks: string[] = [];
  for (let i = 0; chars.length > 0; i++) chunks.push(chars.splice(0, sizes[i % sizes.length]).join(''));
  return chunks;
};

test('documents do not depend on how the text arrives', () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (text, sizes) => {
        assert.deepEqual([...cutDocuments(chunked(text, sizes), rule)], [...cutDocuments([text], rule)]);
      },
    ),
  );
});

test('a separator that arrives in halves just where cutting would begin', () => {
  for (let length = rule.longest - 15; length <= rule.longest + 1; length++) {
    const text = `${'x'.repeat(length)}${endOfText}y`;
    for (let at = length; at < text.length; at++) {
      assert.deepEqual(
        [...cutDocuments([text.slice(0, at), text.slice(at)], rule)],
        [...cutDocuments([text], rule)],
      );
    }
  }
});

test('all text is kept, in order; no document holds a separator, is too long or blank', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const documents = [...cutDocuments([text], rule)];
      const visible = (s: string) => s.replace(/\s/gu, '');
      assert.equal(visible(documents.join('')), visible(text.split(endOfText).join('')));
      for (const document of documents) {
        assert.ok(document.length <= rule.longest && /\S/u.test(document) && document.isWellFormed());
        assert.ok(!document.includes(endOfText));
      }
    }),
  );
});

test('long texts end at blank lines, else lines, else spaces', () => {
  const cut = (unit: string) => [...cutDocuments([unit.repeat(3000 / unit.length)], rule)];
  assert.ok(
    cut(`${'one two three\n'.repeat(5)}\n`)
      .slice(0, -1)
      .every((d) => d.endsWith('\n\n')),
  );
  assert.ok(
    cut('one two three\n')
      .slice(0, -1)
      .every((d) => d.endsWith('\n')),
  );
  assert.ok(
    cut('one two ')
      .slice(0, -1)
      .every((d) => d.endsWith(' ')),
  );
  assert.deepEqual(
    cut('x').map((d) => d.length),
    [512, 512, 512, 512, 512, 440],
  );
});

test('short texts stay whole', () => {
  assert.deepEqual(
    [...cutDocuments([`a\n\nb${endOfText}c${endOfText}\n${endOfText}`, `d${endOfText}`], rule)],
    ['a\n\nb', 'c', 'd'],
  );
  assert.deepEqual([...cutDocuments([], rule)], []);
});
