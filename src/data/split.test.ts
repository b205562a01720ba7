// The split: both sides present, about 5% of the bytes, spread over the corpus,
// and a function of order and sizes alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { openCorpus } from './corpus.ts';
import { splitDocuments } from './split.ts';

test('both splits have documents, and validation has about 5% of the bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 2, maxLength: 500 }), (sizes) => {
      const held = splitDocuments(sizes);
      assert.deepEqual(splitDocuments(sizes), held);
      const total = sizes.reduce((a, b) => a + b, 0);
      const out = sizes.reduce((a, b, i) => (held[i] ? a + b : a), 0);
      assert.ok(held.includes(true) && held.includes(false));
      // One document of the largest size is as exact as whole documents can be,
      // plus the drift of a draw of three.
      assert.ok(Math.abs(out - 0.05 * total) <= 2 * Math.max(...sizes));
    }),
  );
});

test('the State of the Union addresses: 12 of 233, from every era', () => {
  const { files } = openCorpus('sotu');
  const held = splitDocuments(files.map((f) => f.bytes));
  const out = files.filter((_, i) => held[i]);
  const bytes = (list: typeof files) => list.reduce((sum, f) => sum + f.bytes, 0);
  assert.equal(files.length, 233);
  assert.equal(out.length, 12);
  assert.ok(Math.abs(bytes(out) / bytes(files) - 0.05) < 0.005);
  const years = out.map((f) => Number(f.name.slice(0, 4)));
  assert.ok(years[0] < 1815 && years.at(-1)! > 1995);
  for (let i = 1; i < years.length; i++) assert.ok(years[i] - years[i - 1] <= 45);
});

test('many documents of mixed sizes: the share is kept', () => {
  const rng = createRng(3, 'sizes');
  const sizes = Array.from({ length: 400 }, () => Math.ceil(1000 * Math.exp(1.5 * rng.normal())));
  const held = splitDocuments(sizes);
  const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum(sizes.filter((_, i) => held[i])) / sum(sizes) - 0.05) < 0.002);
});

test('fewer than two documents cannot be split', () => {
  for (const sizes of [[], [10]]) {
    assert.throws(
      () => splitDocuments(sizes, 'my.txt'),
      (e: Error) => e instanceof UserError && /^my\.txt has too little text/.test(e.message),
    );
  }
});
