// The promise of the store: kill -9 of any process at any time, then the same command again,
// and nothing is lost or made twice.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarize } from '../report/index.ts';
import {
  assertSameRuns,
  isRunning,
  kill,
  killRepeatedly,
  linux,
  starter,
  timeless,
  workersOf,
} from './crash.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-crash-'));
const start = starter(root);

test('killed ten times, parent and workers alike, a study ends as if nothing had happened', {
  timeout: 120_000,
}, async () => {
  const [calm, wild] = [join(root, 'calm'), join(root, 'wild')];
  assert.equal(await start(calm).ended, 0);
  await killRepeatedly(wild, () => start(wild), { kills: 10, spreadMs: 500 });
  assert.equal(await start(wild).ended, 0);
  assert.deepEqual(timeless(await summarize(wild)), timeless(await summarize(calm)));
  assert.ok(assertSameRuns(wild, calm) > 0, 'no kill hit a run: the test has shown nothing');
});

test('workers end by themselves when their parent is killed', { timeout: 60_000 }, async () => {
  const { child, ended } = start(join(root, 'orphans'));
  let workers: number[] = [];
  while (workers.length < 2) {
    await sleep(20);
    workers = workersOf(child.pid!);
    if (!linux) break;
  }
  await sleep(200);
  kill(child.pid!);
  await ended;
  const deadline = Date.now() + 10_000;
  for (const pid of workers) {
    while (isRunning(pid) && Date.now() < deadline) await sleep(20);
    assert.ok(!isRunning(pid), `worker ${pid} lives`);
  }
});
