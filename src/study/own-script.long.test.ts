// The example of docs/trainers.md, where there is a Python with PyTorch (GAPLAB_PYTHON, else python3):
// checked, and tuned at a small budget.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const python = process.env.GAPLAB_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const root = resolve(import.meta.dirname, '../..');
const path = python.includes('/') ? `${dirname(python)}${delimiter}${process.env.PATH}` : process.env.PATH;
const gaplab = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'src/cli.ts'), ...args, '--threads', '1', '--json'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
const answerOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout.trim().split('\n').at(-1)!);

const example = 'examples/own-script/study.yaml';
const skip = !hasTorch && 'there is no Python with PyTorch';

test('the example passes its check', { skip }, () => {
  const told = gaplab('trainer', 'check', example, '--steps', '20');
  assert.equal(told.status, 0, told.stdout + told.stderr);
  assert.equal(answerOf(told).broken, 0);
});

test('the example is tuned by one command, and not run again', { skip }, () => {
  const out = join(mkdtempSync(join(tmpdir(), 'gaplab-example-')), 'out');
  const args = ['study', example, '--out', out, '--jobs', '2', '--set', 'tokens=8192', '--set', 'seeds=2'];
  const first = gaplab(...args);
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual([answerOf(first).gaps.length, answerOf(first).failed], [3, 0]);
  assert.equal(answerOf(gaplab(...args)).ran, 0);
});
