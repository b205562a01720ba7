// Deaths at every write of a run, and disks that refuse to be written.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { dyingAt, onWrites, refusing, type WriteCall } from '../files/faults.testing.ts';
import { runId } from '../train/run-id.ts';
import { bury, config, ending, finished, quiet, scratch, train } from './campaign-run.testing.ts';
import { executeRun } from './execute.ts';

/** Runs once, dying at write `at`; false when it ended before. */
async function dying(runDir: string, at: number): Promise<boolean> {
  const death = dyingAt(at);
  const error = await executeRun(runDir, config, train, quiet).then(
    () => undefined,
    (thrown) => thrown,
  );
  const dead = death.end();
  if (error !== undefined && !dead) throw error;
  bury(runDir);
  return dead;
}

/**
 * A run dies at its first write, the next one at its second, ..., each is continued to its end;
 * then runs that die several times.
 */
export async function deathsAtEveryWrite(links: boolean, rng: Rng, deaths: number): Promise<number> {
  const calm = await finished();
  let count = 0;
  const once = async (ats: readonly number[]) => {
    const runDir = join(scratch(), runId(config));
    for (const at of ats) if (await dying(runDir, at)) count++;
    await executeRun(runDir, config, train, quiet);
    assert.deepEqual(ending(runDir), { params: calm.params, metrics: calm.metrics }, `deaths at ${ats}`);
    rmSync(dirname(runDir), { recursive: true });
  };
  const all = async () => {
    for (let at = 1; count < deaths; at++) {
      const before = count;
      await once([at]);
      if (count === before) break; // it has fewer writes
    }
    while (count < deaths) await once(Array.from({ length: 2 + rng.below(6) }, () => 1 + rng.below(60)));
  };
  await (links ? all() : refusing(['linkSync'], 'EPERM', all));
  return count;
}

/**
 * The disk is full, or read-only, from the n-th write on: one line for the user,
 * and the same bits once there is space.
 */
export async function refusedWrites(code: 'ENOSPC' | 'EROFS' | 'EDQUOT', most: number): Promise<number> {
  const calm = await finished();
  for (let at = 1; at <= most; at++) {
    const runDir = join(scratch(), runId(config));
    let refused: WriteCall | undefined;
    const restore = onWrites((name, n, half) => {
      if (n < at || name === 'rmSync') return;
      refused ??= name;
      half();
      throw Object.assign(new Error(`${code}: on purpose`), { code });
    });
    try {
      const result = await executeRun(runDir, config, train, quiet);
      // Cleaning up after the result may fail; the result stands.
      assert.ok(
        result !== 'busy' && result.status === 'done',
        `write ${at} (${refused}): ${JSON.stringify(result)}`,
      );
    } catch (error) {
      assert.ok(error instanceof UserError, `write ${at} (${refused}): ${(error as Error).stack}`);
    } finally {
      restore();
    }
    bury(runDir);
    await executeRun(runDir, config, train, quiet);
    assert.deepEqual(ending(runDir), { params: calm.params, metrics: calm.metrics }, `refused from ${at} on`);
    rmSync(dirname(runDir), { recursive: true });
    if (!refused) return at - 1;
  }
  return most;
}
