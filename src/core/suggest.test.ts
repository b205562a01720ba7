import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggest } from './suggest.ts';

test('a slip of the fingers finds the name, anything else finds none', () => {
  const names = ['optimizers', 'batchSizes', 'tokens', 'lr', 'ratio'];
  assert.equal(suggest('optimisers', names), 'optimizers');
  assert.equal(suggest('batchsize', names), 'batchSizes');
  assert.equal(suggest('token', names), 'tokens');
  assert.equal(suggest('lrs', names), 'lr');
  assert.equal(suggest('temperature', names), undefined);
});
