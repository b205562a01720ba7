// Every race that the page offers has been measured: its rate lies inside what was tried, and fresh seeds
// have been run at it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basinOf, measuredGaps } from './basins.ts';
import { measured } from './measured.ts';
import { arms, batchSizes } from './race.ts';

const givens = ['tokens', 'steps'] as const;

test('every optimizer has its best rate, not at an edge, with all fresh seeds', () => {
  for (const given of givens)
    for (const batchSize of batchSizes)
      for (const optimizer of Object.keys(arms)) {
        const name = `${optimizer}, batch size ${batchSize}, equal ${given}`;
        const { lr, tried, seeds, losses } = basinOf(measured, optimizer, batchSize, given);
        assert.ok(tried[0].lr < lr && lr < tried[tried.length - 1].lr, `${name}: ${lr}`);
        assert.equal(seeds.length, measured.seeds.fresh, name);
        assert.ok(!seeds.includes(measured.seeds.tune), name);
        assert.ok(losses.length === seeds.length && losses.every((loss) => loss > 0), `${name}: ${losses}`);
      }
});

test('the measured gap of Adam and SGD is small at the smallest batch, and grows to the largest', () => {
  const gaps = measuredGaps(measured, { arm: 'sgd', against: 'adam', given: 'tokens' }, batchSizes);
  assert.deepEqual(
    gaps.map(({ batchSize, seeds }) => [batchSize, seeds]),
    batchSizes.map((batchSize) => [batchSize, measured.seeds.fresh]),
  );
  const [first, last] = [gaps[0], gaps[gaps.length - 1]];
  assert.ok(Math.abs(first.gap) < 0.1, String(first.gap));
  assert.ok(last.lo > 0.2, String(last.lo));
});
