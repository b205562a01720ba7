// A slider that moves faster than its numbers are computed skips to where it stands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLatest } from './latest.ts';

test('one at a time, the latest next, and each result with its wish', () => {
  const begun: number[] = [];
  const shown: [number, string][] = [];
  const latest = createLatest<number, string>(
    (wish) => begun.push(wish),
    (wish, result) => shown.push([wish, result]),
  );
  latest.ask(1);
  latest.ask(2);
  latest.ask(3);
  assert.deepEqual(begun, [1]);
  latest.finish('one');
  assert.deepEqual(begun, [1, 3]);
  latest.finish('three');
  assert.deepEqual(shown, [
    [1, 'one'],
    [3, 'three'],
  ]);
  latest.ask(4);
  assert.deepEqual(begun, [1, 3, 4]);
});
