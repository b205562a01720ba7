// Flags that belong to one of two engines are refused with the other, in one line that says what to write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { torchOptions } from './engine-flags.ts';

test('flags of PyTorch need --engine torch, --device webgpu does not go with it', () => {
  assert.throws(() => torchOptions({ compile: true }, false), /--compile is for PyTorch: add --engine torch/);
  assert.throws(() => torchOptions({ gpus: 2 }, false), UserError);
  assert.throws(() => torchOptions({ device: 'webgpu' }, true), /--device webgpu is for gaplab's own engine/);
  assert.deepEqual(torchOptions({ gpus: 2, device: 'cpu' }, true), {
    python: undefined,
    compile: undefined,
    gpus: 2,
  });
  // A study says by itself which engine it is for.
  assert.equal(torchOptions({ python: 'py' }, undefined).python, 'py');
});
