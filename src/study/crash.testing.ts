// For tests of crashes: kills a study's processes at random moments, and compares
// what two studies left behind.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRng } from '../core/rng.ts';
import { attempts, leaseState } from '../store/attempt.ts';
import { readMetrics } from '../store/lines.ts';
import { readResult } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';

export interface Started {
  child: ChildProcess;
  /** Its exit code; null after a kill. */
  ended: Promise<number | null>;
}

/** A started process with its end. */
export function started(child: ChildProcess): Started {
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

/**
 * Starts studies of fake runs, of `ms` each, in processes of their own; `pool` is for runs
 * that several share.
 */
export function starter(root: string): (dir: string, options?: { ms?: number; pool?: string }) => Started {
  const script = join(root, 'study.mjs');
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  writeFileSync(
    script,
    `import { executeStudy } from ${url('./run.ts')};
await executeStudy({
  study: { name: 'crash', model: 'tiny', tokens: 8192, batchSizes: [2, 8], seeds: { fresh: 1 },
    optimizers: { sgd: { lr: { guess: 0.1 } }, adam: { lr: { guess: 0.002 } } } },
  out: process.argv[2],
  runs: process.argv[3],
  jobs: 2,
  trainer: ${url('./fake-trainer.testing.ts')},
  prepare: async () => ({ corpus: 'fake', fingerprint: 'ab', vocabSize: 512, train: { length: 1e6 }, validation: { length: 1e5 } }),
});
`,
  );
  return (dir, { ms = 400, pool } = {}) =>
    started(
      spawn(process.execPath, [script, dir, ...(pool ? [pool] : [])], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, FAKE_MS: String(ms), GAPLAB_SILENCE_SECONDS: '3' },
      }),
    );
}

// Elsewhere only the parent is killed: finding its workers takes /proc.
export const linux = process.platform === 'linux';

/** Process ids of the workers of a study process. */
export function workersOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

/** False for a process that ended, collected by its parent or not. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it was faster
}

/**
 * Whose moment has come: a worker (the study goes on), the parent (its workers end
 * by themselves), or all at once.
 */
type Victim = 'worker' | 'parent' | 'all';

/**
 * Starts the study in `dir` again and again until `kills` kills have hit it, up to `spreadMs`
 * after a run was under way (now and then while it starts). Fails when a published result changes.
 * Gives how often each kind of victim was hit.
 */
export async function killRepeatedly(
  dir: string,
  start: () => Started,
  { kills, spreadMs }: { kills: number; spreadMs: number },
): Promise<Record<Victim, number>> {
  const rng = createRng(Date.now() % 1e6, 'kills');
  const published = new Map<string, string>();
  const hit = { worker: 0, parent: 0, all: 0 };
  const total = () => hit.worker + hit.parent + hit.all;
  while (total() < kills) {
    const { child, ended } = start();
    let over = false;
    ended.then(() => (over = true));
    const underWay = () => runsIn(dir).some((id) => leaseState(join(dir, 'runs', id)) === 'live');
    if (rng.below(4) > 0) while (!over && !underWay()) await sleep(10);
    // In turns, so that no run of luck leaves one kind out.
    const last: Victim = hit.parent > hit.all && linux ? 'all' : 'parent';
    for (const victim of rng.below(2) ? (['worker', last] as const) : [last]) {
      await sleep(rng.uniform() * spreadMs);
      const workers = workersOf(child.pid!);
      if (over || (victim === 'worker' && workers.length === 0)) continue;
      if (victim === 'worker') kill(workers[rng.below(workers.length)]);
      else kill(child.pid!);
      if (victim === 'all') workers.forEach(kill);
      hit[victim]++;
    }
    assert.equal(await ended, null, `the study ended by itself after ${total()} kills: give it more to do`);
    for (const id of runsIn(dir)) {
      const result = readResult(join(dir, 'runs', id));
      const text = result && JSON.stringify(result);
      if (text && published.has(id)) assert.equal(published.get(id), text, 'a published result has changed');
      if (text) published.set(id, text);
    }
  }
  return hit;
}

function runsIn(dir: string): string[] {
  return existsSync(join(dir, 'runs')) ? readdirSync(join(dir, 'runs')).sort() : [];
}

/** A summary without what time and place decide. */
export function timeless(summary: object): object {
  const time = ['wallSeconds', 'startedAt', 'finishedAt', 'environment', 'seconds'];
  return JSON.parse(JSON.stringify(summary, (key, value) => (time.includes(key) ? undefined : value)));
}

/**
 * Asserts that both studies have the same runs with the same bits and training curves, and that in `wild`
 * nobody trained a run after its result stood. Gives how often `wild` continued a run from a checkpoint.
 */
export function assertSameRuns(wild: string, calm: string): number {
  assert.deepEqual(runsIn(wild), runsIn(calm));
  let resumed = 0;
  for (const id of runsIn(calm)) {
    const [a, b] = [calm, wild].map((dir) => readResult(join(dir, 'runs', id)));
    assert.ok(a && b && a.status !== 'failed' && b.status !== 'failed', `run ${id} has no result`);
    assert.equal(b.paramsSha256, a.paramsSha256, `run ${id} ended with other parameters`);
    assert.equal(b.status, a.status);
    // The training curve is whole, too.
    assert.deepEqual(curve(wild, id, b), curve(calm, id, a));
    for (const n of attempts(join(wild, 'runs', id))) {
      if (/continues from the checkpoint/.test(log(wild, id, n))) resumed++;
      if (n > b.attempt) assert.equal(log(wild, id, n), '', `run ${id} was trained again`);
    }
  }
  return resumed;
}

function curve(dir: string, id: string, result: RunResult) {
  const { lines, damage } = readMetrics(join(dir, 'runs', id), result);
  assert.equal(damage, undefined);
  return lines.map(({ seconds: _, ...line }) => line);
}

function log(dir: string, id: string, attempt: number): string {
  const path = join(dir, 'runs', id, `attempt-${attempt}`, 'log.txt');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
