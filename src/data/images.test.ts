// The digits of MNIST as prepared data: whole, once, found again in the cache, and refused
// where a text is meant.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { modelPreset } from '../model/presets.ts';
import { examplesOf, readExamples } from './examples.ts';
import { inspectImages } from './inspect-images.ts';
import { mnist } from './mnist.ts';
import { prepareData } from './prepare.ts';
import { openData } from './prepared.ts';

const cacheDir = mkdtempSync(join(tmpdir(), 'gaplab-images-'));
after(() => rmSync(cacheDir, { recursive: true }));
const prepare = () => prepareData({ corpus: 'mnist', cacheDir });
const userError = (message: RegExp) => (e: unknown) =>
  e instanceof UserError && message.test(e.message) && !e.message.includes('\n');

test('every image of both splits, with its class, in patches', async () => {
  const data = await prepare();
  const model = modelPreset('nano-vision');
  assert.deepEqual([data.documents, data.vocabSize], [{ train: 60000, validation: 10000 }, 10]);
  for (const split of ['train', 'validation'] as const) {
    const { pixels, labels } = mnist.read(split);
    const examples = examplesOf(model, data[split], data);
    assert.equal(examples.count, labels.length);
    for (const i of [0, 1, 777, labels.length - 1]) {
      const row = readExamples(examples, [i]);
      const image = pixels.subarray(784 * i, 784 * (i + 1));
      assert.equal(row.at(-1), labels[i]);
      // Pixel (x, y) is in patch 4 [y / 7] + [x / 7].
      image.forEach((pixel, p) => {
        const [y, x] = [Math.floor(p / 28), p % 28];
        const patch = 4 * Math.floor(y / 7) + Math.floor(x / 7);
        assert.equal(row[49 * patch + 7 * (y % 7) + (x % 7)], pixel);
      });
    }
  }
  data.close();
});

test('prepared once, opened by fingerprint, built anew when damaged', async () => {
  const first = await prepare();
  first.close();
  const again = await openData(first.fingerprint, cacheDir);
  assert.deepEqual([again.dir, again.images, again.corpus], [first.dir, { side: 28 }, 'mnist']);
  again.close();
  truncateSync(join(first.dir, 'validation.bin'), 1000);
  await assert.rejects(openData(first.fingerprint, cacheDir), userError(/validation\.bin has 1000 bytes/));
  const warnings: string[] = [];
  const onWarning = (line: string) => void warnings.push(line);
  const mended = await prepareData({ corpus: 'mnist', cacheDir, onWarning });
  assert.equal(mended.fingerprint, first.fingerprint);
  assert.match(warnings.join(), /damaged .* and is built anew/);
  mended.close();
});

test('a look at them', async () => {
  const data = await prepare();
  const { train, validation, sample } = inspectImages(data);
  const sum = (list: number[]) => list.reduce((a, b) => a + b);
  assert.deepEqual([train.length, sum(train), sum(validation)], [10, 60000, 10000]);
  assert.ok(Math.min(...train) > 5000 && sample.label === 7);
  assert.ok(sample.text.split('\n').length === 28 && sample.text.includes('@@'));
  assert.throws(() => data.tokenizer(), userError(/no tokenizer/));
  data.close();
});

test('images have no vocabulary', async () => {
  await assert.rejects(prepareData({ corpus: 'mnist', vocabSize: 300, cacheDir }), userError(/leave out/));
  await assert.rejects(prepareData({ corpus: 'mnist', tokenizer: 'x', cacheDir }), userError(/leave out/));
});
