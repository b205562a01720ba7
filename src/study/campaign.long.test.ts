// The campaign (scripts/campaign.ts) in small.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';

// Before what reads it is loaded: a lease that nobody can read is free after this many seconds of silence.
process.env.GAPLAB_SILENCE_SECONDS = '3';
const { deathsAtEveryWrite, refusedWrites } = await import('./campaign-writes.testing.ts');
const { damages } = await import('./campaign-damages.testing.ts');
const { kills, stopped } = await import('./campaign-kills.testing.ts');
const { linux } = await import('./crash.testing.ts');

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

for (const links of [true, false])
  test(`a run that dies at any of its writes, ${links ? 'with' : 'without'} hard links, ends with the same bits`, async () => {
    // A run of the last round may die more often than what was left to count.
    assert.ok((await deathsAtEveryWrite(links, createRng(1, 'deaths'), 100)) >= 100);
  });

test('a disk that is full from any write on costs a line, and no bits', async () => {
  assert.ok((await refusedWrites('ENOSPC', 1000)) > 50);
});

test('a study with a damaged file never gives other numbers, and is made whole again', async (t) => {
  const counts = await damages(2, 60, () => {});
  t.diagnostic(JSON.stringify(counts));
  assert.ok(sum(counts) > 40);
});

test('thirty kills of workers, parents and groups leave no trace', async () => {
  // A study whose tenth kill is one of a pair has eleven.
  const killed = sum(await kills(3, 10));
  assert.ok(killed >= 30 && killed <= 33, `${killed} kills`);
});

test('a study that was stopped for longer than its lease finds another one at its work, and leaves it to that', {
  skip: linux ? false : 'needs /proc to find workers',
}, async () => {
  assert.equal(await stopped(1), 1);
});
