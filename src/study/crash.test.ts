// The promise of the store: kill -9 of any process at any time, then the same command again, and nothing is lost or made twice.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
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
  started,
  timeless,
  workersOf,
} from './crash.testing.ts';

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
  trainer: ${url('./fake-trainer.testing.ts')},
  prepare: async () => ({ corpus: 'fake', fingerprint: 'ab', vocabSize: 512, train: { length: 1e6 }, validation: { length: 1e5 } }),
});
`,
);

const start = (dir: string) =>
  started(
    spawn(process.execPath, [script, dir], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, FAKE_MS: '400' },
    }),
  );

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
