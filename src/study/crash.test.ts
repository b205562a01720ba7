// The promise of the store: kill -9 of any process at any time, then the same command again, and nothing is lost or made twice.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRng } from '../core/rng.ts';
import { summarize } from '../report/index.ts';
import { attempts } from '../store/attempt.ts';
import { readMetrics, readResult } from '../store/runs.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-crash-'));
const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
const script = join(root, 'study.mjs');
writeFileSync(
  script,
  `import { executeStudy } from ${url('./run.ts')};
await executeStudy({
  study: { name: 'crash', model: 'tiny', tokens: 8192, batchSizes: [2, 8], seeds: { final: 2 },
    optimizers: { sgd: { lr: { guess: 0.1 } }, adam: { lr: { guess: 0.002 } } } },
  out: process.argv[2],
  jobs: 2,
  trainer: ${url('./fake-trainer.ts')},
  prepare: async () => ({ corpus: 'fake', fingerprint: 'ab', vocabSize: 512, train: { length: 1e6 }, validation: { length: 1e5 } }),
});
`,
);

function start(dir: string): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [script, dir], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, FAKE_MS: '400' },
  });
  return { child, ended: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}

// Elsewhere only the parent is killed: finding its workers takes /proc.
const linux = process.platform === 'linux';

/** Process ids of the workers of a study process. */
function workersOf(pid: number): number[] {
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
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it was faster
}

/** The summary without what time and place decide. */
async function comparable(dir: string) {
  const { wallSeconds, startedAt, finishedAt, environment, effort, ...rest } = await summarize(dir);
  return { ...rest, effort: effort.map(({ seconds, ...e }) => e) };
}

test('killed ten times, parent and workers alike, a study ends as if nothing had happened', {
  timeout: 120_000,
}, async () => {
  const [calm, wild] = [join(root, 'calm'), join(root, 'wild')];
  assert.equal(await start(calm).ended, 0);
  const rng = createRng(Date.now() % 1e6, 'kills');
  const published = new Map<string, string>();
  let kills = 0;
  while (kills < 10) {
    const { child, ended } = start(wild);
    let over = false;
    ended.then(() => (over = true));
    // A worker now and then (the study goes on), the parent in the end (its workers end by themselves).
    const victims = 1 + rng.below(2);
    while (linux && !over && workersOf(child.pid!).length === 0) await sleep(10);
    await sleep(150); // the worker's own start
    for (let v = 0; v < victims && !over; v++) {
      await sleep(rng.uniform() * 500);
      const workers = workersOf(child.pid!);
      if (v < victims - 1 && workers.length > 0) kill(workers[rng.below(workers.length)]);
      else kill(child.pid!);
      kills++;
    }
    if (!over) kill(child.pid!);
    await ended;
    for (const id of existsSync(join(wild, 'runs')) ? readdirSync(join(wild, 'runs')) : []) {
      const result = readResult(join(wild, 'runs', id));
      const text = result && JSON.stringify(result);
      if (text && published.has(id)) assert.equal(published.get(id), text, 'a published result has changed');
      if (text) published.set(id, text);
    }
  }
  assert.equal(await start(wild).ended, 0);
  assert.deepEqual(await comparable(wild), await comparable(calm));
  let resumed = 0;
  for (const id of readdirSync(join(calm, 'runs'))) {
    const log = readFileSync(
      join(wild, 'runs', id, `attempt-${readResult(join(wild, 'runs', id))!.attempt}`, 'log.txt'),
      'utf8',
    );
    if (/continues from the checkpoint/.test(log)) resumed++;
    const [a, b] = [calm, wild].map((dir) => readResult(join(dir, 'runs', id))!);
    assert.ok(a.status !== 'failed' && b.status !== 'failed');
    assert.equal(a.paramsSha256, b.paramsSha256);
    // The training curve is whole, too.
    assert.deepEqual(readMetrics(join(wild, 'runs', id), b.attempt), readMetrics(join(calm, 'runs', id), 1));
    // Nobody trained after the result stood.
    for (const n of attempts(join(wild, 'runs', id)).filter((n) => n > b.attempt))
      assert.ok(!existsSync(join(wild, 'runs', id, `attempt-${n}`, 'log.txt')), `${id} was trained again`);
  }
  assert.ok(resumed > 0, 'no kill hit a run: the test has shown nothing');
  assert.deepEqual(readdirSync(join(wild, 'runs')).sort(), readdirSync(join(calm, 'runs')).sort());
});

test('workers end by themselves when their parent is killed', { timeout: 20_000 }, async () => {
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
  await sleep(1000);
  for (const pid of workers) assert.ok(!isRunning(pid), `worker ${pid} lives`);
});
