// Repeated documents: found whatever their white space, counted by split, and left out on request.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { countDuplicates, createPrints, firstOccurrences, place } from './duplicates.ts';
import { prepareData } from './prepare.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-duplicates-'));
after(() => rmSync(root, { recursive: true }));

const printsOf = (texts: (string | Uint8Array)[]) => {
  const prints = createPrints();
  for (const text of texts) prints.add(text);
  return prints.list();
};

test('the first occurrence of each text, as a plain search finds it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 3000 }), (texts) => {
      const same = texts.map((text) => text.replace(/\s+/gu, ' ').trim());
      assert.deepEqual(
        [...firstOccurrences(printsOf(texts))],
        same.map((text) => same.indexOf(text)),
      );
    }),
  );
});

test('prints that share a slot are told apart', () => {
  const words = Uint32Array.from([7, 1, 7, 2, 7, 1, 7 + 16, 1, 7, 2]);
  assert.deepEqual([...firstOccurrences(words)], [0, 1, 0, 3, 1]);
});

test('white space makes no difference in text, and every byte does in images', () => {
  assert.deepEqual([...firstOccurrences(printsOf(['a b\n', ' a\r\n\tb', 'ab', 'a  b']))], [0, 0, 2, 0]);
  assert.deepEqual(
    [...firstOccurrences(printsOf([Buffer.from('a b'), Buffer.from('a  b'), Buffer.from('a b')]))],
    [0, 1, 0],
  );
});

test('counts by split', () => {
  const { train: t, validation: v, left } = place;
  const first = Uint32Array.from([0, 1, 0, 1, 0, 5, 5]);
  const count = (places: number[]) =>
    countDuplicates(first, Uint8Array.from(places), [1, 2, 4, 8, 16, 32, 64]);
  assert.deepEqual(count([t, t, v, v, t, v, t]), { leftOut: 0, kept: 4, heldOut: 3, heldOutBytes: 44 });
  // Twice in validation and nowhere else.
  assert.deepEqual(count([t, t, t, t, t, v, v]), { leftOut: 0, kept: 4, heldOut: 0, heldOutBytes: 0 });
  assert.deepEqual(count([t, v, left, left, left, t, left]), {
    leftOut: 4,
    kept: 0,
    heldOut: 0,
    heldOutBytes: 0,
  });
});

test('20 files, each twice: told, and with deduplication every text stands once', async () => {
  const folder = join(root, 'twice');
  for (const half of ['first', 'second']) {
    mkdirSync(join(folder, half), { recursive: true });
    for (let i = 0; i < 20; i++)
      writeFileSync(
        join(folder, half, `${i}.txt`),
        `Text ${i} of ${'some more words and '.repeat(i + 5)}an end.\n`,
      );
  }
  const prepare = async (deduplicate?: boolean) => {
    const warnings: string[] = [];
    const onWarning = (line: string) => void warnings.push(line);
    const cacheDir = join(root, 'cache');
    const data = await prepareData({ corpus: folder, vocabSize: 270, cacheDir, deduplicate, onWarning });
    data.close();
    return { ...data, warnings };
  };
  const twice = await prepare();
  assert.deepEqual(twice.documents, { train: 38, validation: 2 });
  assert.deepEqual(twice.source.duplicates, {
    leftOut: 0,
    kept: 20,
    heldOut: 2,
    heldOutBytes: twice.validationBytes,
  });
  assert.match(
    twice.warnings.join(),
    /^corpus twice: 2 of 2 documents held out for validation \(100% of its bytes\) also stand in the training split; --deduplicate/,
  );
  const once = await prepare(true);
  assert.deepEqual(once.documents, { train: 19, validation: 1 });
  assert.deepEqual(once.source.duplicates, { leftOut: 20, kept: 0, heldOut: 0, heldOutBytes: 0 });
  assert.deepEqual(once.warnings, ['corpus twice: 20 documents that stood there before are left out']);
  assert.deepEqual((await prepare(true)).warnings, once.warnings);
  assert.deepEqual((await prepare()).warnings, twice.warnings);
  assert.equal(once.trainBytes + once.validationBytes, (twice.trainBytes + twice.validationBytes) / 2);
  // The same as a corpus that has them once.
  rmSync(join(folder, 'second'), { recursive: true });
  assert.equal((await prepare()).fingerprint, once.fingerprint);
});
