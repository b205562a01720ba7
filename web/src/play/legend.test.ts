import assert from 'node:assert/strict';
import { test } from 'node:test';
import { legendOf } from './legend.ts';

test('series that share an entry are named once, in the look of the first; a lone one is not named', () => {
  const line = (name: string, colour: string, entry?: string) => ({ name, colour, entry, points: [] });
  const shared = 'other numbers of steps';
  const entries = legendOf([line('a', 'grey', shared), line('b', 'pale', shared), line('c', 'green')]);
  assert.deepEqual(
    entries.map(({ name, colour }) => [name, colour]),
    [
      [shared, 'grey'],
      ['c', 'green'],
    ],
  );
  assert.deepEqual(legendOf([line('a', 'grey')]), []);
});
