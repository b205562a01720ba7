// The example of docs/trainers.md, where there is a Python with PyTorch (GAPLAB_PYTHON, else python3):
// checked, and tuned at a small budget.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const python = process.env.GAPLAB_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const root = resolve(import.meta.dirname, '../..');
const path = python.includes('/') ? `${dirname(python)}${delimiter}${process.env.PATH}` : process.env.PATH;
const called = (args: string[]) => [join(root, 'src/cli.ts'), ...args, '--threads', '1', '--json'];
const place = { cwd: root, env: { ...process.env, PATH: path } };
const gaplab = (...args: string[]) =>
  spawnSync(process.execPath, called(args), { ...place, encoding: 'utf8' });
const answerOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout.trim().split('\n').at(-1)!);

const example = 'examples/own-script/study.yaml';
const skip = !hasTorch && 'there is no Python with PyTorch';

test('the example passes its check', { skip }, () => {
  const told = gaplab('trainer', 'check', example, '--steps', '20');
  assert.equal(told.status, 0, told.stdout + told.stderr);
  assert.equal(answerOf(told).broken, 0);
});

test('the example is tuned by one command, killed three times on the way, and not run again', {
  skip,
}, async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'gaplab-example-')), 'out');
  const args = ['study', example, '--out', out, '--jobs', '2', '--set', 'tokens=8192', '--set', 'seeds=2'];
  const results = () =>
    new Map(globSync(join(out, 'runs/*/result.json')).map((file) => [file, readFileSync(file, 'utf8')]));
  const finished = new Map<string, string>();
  /** Trains until so many runs more are finished. */
  const untilMore = async (count: number) => {
    const study = spawn(process.execPath, called(args), { ...place, stdio: 'ignore' });
    const wanted = results().size + count;
    while (results().size < wanted) await sleep(100);
    return study;
  };
  const killed = async (kill: (study: Awaited<ReturnType<typeof untilMore>>) => void) => {
    const study = await untilMore(2);
    const ended = once(study, 'exit');
    kill(study);
    for (const [file, text] of results()) finished.set(file, text);
    await sleep(500);
    study.kill('SIGKILL');
    await ended;
  };
  await killed((study) => study.kill('SIGKILL'));
  // The scripts themselves: their runs are tried again.
  await killed(() => spawnSync('pkill', ['-KILL', '-f', '--', `out_dir=${out}/`]));
  await killed((study) => study.kill('SIGKILL'));
  assert.ok(finished.size >= 6);
  const last = gaplab(...args);
  assert.equal(last.status, 0, last.stderr);
  const { gaps, failed } = answerOf(last);
  assert.deepEqual([gaps.length, failed], [3, 0]);
  assert.ok(gaps.every(({ ci95 }: { ci95: unknown }) => ci95 !== null));
  const now = results();
  // What was finished before a kill was not made again.
  for (const [file, text] of finished) assert.equal(now.get(file), text);
  assert.equal(answerOf(gaplab(...args)).ran, 0);
});
