import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelPreset } from '../presets.ts';
import { createInputs, exampleWidth } from './registry.ts';

test('an entry outside the vocabulary is refused, whatever is predicted', () => {
  for (const [name, objective] of [
    ['tiny', undefined],
    ['tiny', 'mlm'],
    ['tiny-vision', 'classify'],
  ] as const) {
    const model = modelPreset(name, objective ? { objective } : {});
    const { fill } = createInputs(model, 2);
    const rows = new Int32Array(2 * exampleWidth(model)).fill(1);
    const at = rows.length - 1;
    for (const good of [0, model.vocabSize - 1]) {
      rows[at] = good;
      fill(rows, 0);
    }
    for (const bad of [-1, model.vocabSize, 2 ** 31 - 1]) {
      rows[at] = bad;
      assert.throws(
        () => fill(rows, 0),
        new RegExp(`^RangeError: ${bad} is outside the model's vocabulary of`),
      );
    }
  }
});
