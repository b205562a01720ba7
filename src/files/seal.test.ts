import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealed, unsealed } from './seal.ts';

const value = { schema: 1, loss: 3.25, name: 'sgd', list: [1, 2], left: undefined };

test('what was sealed is read back, whatever the spaces and the order of its keys', () => {
  const text = JSON.stringify(sealed(value));
  assert.deepEqual(unsealed(JSON.parse(text)), { schema: 1, loss: 3.25, name: 'sgd', list: [1, 2] });
  const turned = Object.fromEntries(Object.entries(JSON.parse(text)).reverse());
  assert.deepEqual(unsealed(turned), unsealed(JSON.parse(text)));
});

test('every other digit, name or missing field is seen, the seal itself included', () => {
  const text = JSON.stringify(sealed(value));
  let unseen = 0;
  for (let at = 0; at < text.length; at++)
    for (let bit = 0; bit < 7; bit++) {
      const changed = `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ (1 << bit))}${text.slice(at + 1)}`;
      let parsed: unknown;
      try {
        parsed = JSON.parse(changed);
      } catch {
        continue;
      }
      if (unsealed(parsed) !== undefined) unseen++;
    }
  assert.equal(unseen, 0);
  for (const field of ['seal', 'sha256', 'loss']) {
    const { [field]: _, ...rest } = JSON.parse(text);
    assert.equal(unsealed(rest), undefined, `without ${field}`);
  }
});

test('a file from before there were seals is given as it is', () => {
  assert.deepEqual(unsealed({ schema: 1, loss: 3 }), { schema: 1, loss: 3 });
  assert.equal(unsealed(null), null);
});
