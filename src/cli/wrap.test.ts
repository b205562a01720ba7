import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, wrapText } from './wrap.ts';

test('lines are broken between words and keep their indent; a pipe gets them whole', () => {
  const text = 'supported: The gap grows.\n  It changes by +0.054 nats per doubling of the batch size.\n';
  assert.equal(
    wrapText(text, 30),
    'supported: The gap grows.\n  It changes by +0.054 nats\n  per doubling of the batch\n  size.\n',
  );
  assert.equal(wrapText(text, undefined), text);
  assert.equal(
    wrapText('a/path/that/is/longer/than/the/screen', 10),
    'a/path/that/is/longer/than/the/screen',
  );
  assert.deepEqual([columnsOf({ columns: 60 }), columnsOf({ isTTY: true, columns: 60 })], [undefined, 60]);
});

test('no word is lost or cut, and no line is wider than the screen unless a word is', () => {
  const words = fc.array(fc.stringMatching(/^[a-z−.]{1,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.nat(6), fc.integer({ min: 20, max: 80 }), (list, indent, columns) => {
      const wrapped = wrapText(' '.repeat(indent) + list.join(' '), columns);
      assert.deepEqual(wrapped.split(/\s+/).filter(Boolean), list);
      for (const line of wrapped.split('\n'))
        assert.ok(line.length <= columns && line.startsWith(' '.repeat(indent)));
    }),
  );
});
