// Processes of a study killed and stopped again and again.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarize } from '../report/index.ts';
import { scratch } from './campaign-run.testing.ts';
import { assertSameRuns, killRepeatedly, starter, timeless, workersOf } from './crash.testing.ts';

/** Processes of studies are killed: workers, parents, whole groups, each study `kills` times. */
export async function kills(studies: number, kills: number): Promise<Record<string, number>> {
  const root = scratch();
  const start = starter(root);
  const calm = join(root, 'calm');
  assert.equal(await start(calm, { ms: 20 }).ended, 0);
  const hit: Record<string, number> = { worker: 0, parent: 0, all: 0 };
  for (let n = 0; n < studies; n++) {
    const wild = join(root, `wild-${n}`);
    for (const [who, times] of Object.entries(
      await killRepeatedly(wild, () => start(wild), { kills, spreadMs: 400 }),
    ))
      hit[who] += times;
    assert.equal(await start(wild, { ms: 20 }).ended, 0);
    assert.deepEqual(timeless(await summarize(wild)), timeless(await summarize(calm)));
    assertSameRuns(wild, calm);
  }
  rmSync(root, { recursive: true });
  return hit;
}

/**
 * Two studies share a pool of runs, and one of them is stopped for longer than its
 * silence while the other goes on. Woken up, it ends, too; no run was trained after its result stood,
 * and both are as one that was alone.
 */
export async function stopped(times: number): Promise<number> {
  const root = scratch();
  const start = starter(root);
  const calm = join(root, 'calm');
  assert.equal(await start(calm, { ms: 20 }).ended, 0);
  for (let n = 0; n < times; n++) {
    const pool = join(root, `pool-${n}`);
    const [one, two] = ['one', 'two'].map((name) => join(root, `${name}-${n}`));
    const sleeper = start(one, { pool });
    while (workersOf(sleeper.child.pid!).length < 2) await sleep(20);
    await sleep(500);
    const asleep = [sleeper.child.pid!, ...workersOf(sleeper.child.pid!)];
    for (const pid of asleep) process.kill(pid, 'SIGSTOP');
    assert.equal(
      await start(two, { ms: 20, pool }).ended,
      0,
      'the other one waits for its silence, then does all',
    );
    for (const pid of asleep) process.kill(pid, 'SIGCONT');
    assert.equal(await sleeper.ended, 0, 'the stopped one finds what is done');
    for (const dir of [one, two]) {
      assert.deepEqual(timeless(await summarize(dir)), timeless(await summarize(calm)));
      assertSameRuns(dir, calm);
    }
  }
  rmSync(root, { recursive: true });
  return times;
}
