// The quadratics of the page do what those of the lab do: unlike blocks make a gap, columns or not, and rates are tuned.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { along, type BowlWish, tuned } from './bowl.ts';

const wish: BowlWish = { bowl: 'heterogeneous', noise: 'columns', batchSize: 9, beta: 0.95 };

test('on the full batch Adam is far ahead where blocks differ, and both are tuned inside what was tried', () => {
  const [sgd, adam] = (['sgd', 'adam'] as const).map((method) => tuned(wish, method));
  assert.ok(sgd.best.loss / adam.best.loss > 10, `${sgd.best.loss} and ${adam.best.loss}`);
  for (const { tried, best } of [sgd, adam]) {
    const i = tried.findIndex(({ lr }) => lr === best.lr);
    assert.ok(i > 0 && i < tried.length - 1, `best at ${best.lr}`);
  }
  assert.equal(sgd.tried.at(-1)!.loss, null);
});

test('a batch larger than the columns is all of them', () => {
  assert.deepEqual(tuned({ ...wish, batchSize: 4096 }, 'sgd'), tuned(wish, 'sgd'));
});

test('losses along the way begin at the start, and a run that leaves has no numbers', () => {
  const { best } = tuned(wish, 'sgd');
  const way = along(wish, 'sgd', best.lr);
  assert.ok(way[0].y! > way.at(-1)!.y!);
  assert.equal(along(wish, 'sgd', 1).at(-1)!.y, null);
});
