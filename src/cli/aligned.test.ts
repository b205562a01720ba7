import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aligned } from './aligned.ts';

test('columns of numbers stand right with true minus signs, others left; names keep their hyphens', () => {
  assert.equal(
    aligned([
      ['optimizer', 'loss', 'gap', 'note'],
      ['sgd-noclip', '3.1', '-0.25', '1-2'],
      ['adam', '–', '1e-5', 'none'],
    ]),
    ['optimizer   loss    gap  note', 'sgd-noclip   3.1  −0.25  1-2', 'adam           –   1e−5  none'].join(
      '\n',
    ),
  );
});
