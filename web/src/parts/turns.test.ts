// Work in turns: in its order, with the page between, and what is taken back is not done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurn } from './turns.ts';

test('work is done in its order, one piece a turn, and what is taken back is not done', async () => {
  const done: string[] = [];
  const note = (name: string) => () => void done.push(name);
  inTurn(note('a'));
  const back = inTurn(note('b'));
  inTurn(() => {
    note('c')();
    inTurn(note('d'));
    setTimeout(note('page'));
  });
  assert.deepEqual(done, []);
  back();
  back();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(done, ['a', 'c', 'd', 'page']);
});
