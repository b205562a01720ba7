// The promise of the store with the real trainer, through the command line: a study
// killed ten times ends with the same bits and the same summary as one that was left alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { studySummary } from '../store/schemas.ts';
import { assertSameRuns, killRepeatedly, linux, started, timeless } from './crash.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-crash-long-'));
after(() => rmSync(root, { recursive: true, force: true }));
const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));

/**
 * The smoke study with runs of some seconds, so that kills find them in the middle,
 * and checkpoints all the time.
 */
const study = ['study', 'smoke', '--set', 'tokens=200000', '--set', 'batchSizes=[2,64]'];
const options = ['--set', 'seeds.fresh=1', '--checkpoint-seconds', '0.1', '--jobs', '2'];

const gaplab = (...args: string[]) =>
  started(
    spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, GAPLAB_CACHE: join(root, 'cache') },
    }),
  );
const summaryIn = (dir: string) =>
  timeless(studySummary.parse(JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'))));

test('the smoke study, killed ten times, ends with the bits of one that was left alone', {
  timeout: 600_000,
}, async (t) => {
  assert.equal(await gaplab('data', 'prepare', 'sotu', '--vocab-size', '512').ended, 0);
  const [calm, wild] = [join(root, 'calm'), join(root, 'wild')];
  const start = (dir: string) => gaplab(...study, ...options, '--out', dir);
  const before = performance.now();
  assert.equal(await start(calm).ended, 0);
  // Together the kills come well before the end, however fast the machine.
  const calmMs = performance.now() - before;
  const hit = await killRepeatedly(wild, () => start(wild), {
    kills: 10,
    spreadMs: calmMs / 15,
  });
  assert.equal(await start(wild).ended, 0);
  assert.deepEqual(summaryIn(wild), summaryIn(calm));
  const resumed = assertSameRuns(wild, calm);
  t.diagnostic(`killed: ${JSON.stringify(hit)}; ${resumed} times a run continued from a checkpoint`);
  if (linux) assert.ok(hit.all > 0 && hit.parent > 0);
  assert.ok(resumed >= 3, `only ${resumed} times a run was hit in the middle: the test has shown too little`);
});
