import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { compare } from './compare.ts';
import { startLines } from './line-process.ts';
import { type BenchSide, gaplab, otherCheckout } from './sides.ts';

const ours = gaplab(false);

/** A side that answers with `loss`, or ends at once. */
const pretender = (key: string, loss: number | 'dies', atMost?: number): BenchSide => ({
  key,
  name: key,
  atMost,
  start: () =>
    startLines([
      process.execPath,
      '-e',
      `console.log('{}');
       require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
         if ('${loss}' === 'dies') { console.error('out of memory'); process.exit(1); }
         const answer = 'run' in JSON.parse(line) ? { ms: 1, cpu: 1, rss: 2e6, base: 1e6 } : { loss: ${loss}, way: 'none' };
         console.log(JSON.stringify(answer));
       });`,
    ]),
});

test('peers that compute the same are timed, others are told apart', async () => {
  const { sides, absent, parameters } = await compare(
    { model: 'tiny', optimizer: 'adam', batchSize: 2, threads: 1 },
    {
      ours,
      peers: [
        otherCheckout(resolve(import.meta.dirname, '..'), false),
        pretender('wrong', 6.0),
        pretender('mortal', 'dies'),
        pretender('late', 0, 1000),
      ],
      pairs: 2,
      milliseconds: 5,
      recipes: new Map(),
    },
  );
  assert.deepEqual(
    sides.map(({ name }) => name),
    ['gaplab', 'other gaplab'],
  );
  const [self, twin] = sides;
  assert.equal(self.ratio, undefined);
  assert.ok(twin.ratio!.median > 0.1 && twin.ratio!.median < 10);
  assert.ok(self.tokensPerSecond > 1000 && self.bytesPerParameter * parameters > 1e5);
  assert.match(absent[0].why, /^disagrees: loss 6 where gaplab has 6\.\d+/);
  assert.deepEqual(absent.slice(1), [
    { name: 'mortal', why: 'it ended: out of memory' },
    { name: 'late', why: 'a step would take too long' },
  ]);
});

test('a folder without gaplab is told', () => {
  assert.match(otherCheckout(import.meta.dirname, false).missing!, /bench is no checkout of gaplab$/);
});
