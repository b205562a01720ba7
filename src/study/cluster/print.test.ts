import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { workerText } from './print.ts';

const dir = mkdtempSync(join(tmpdir(), "gaplab it's $HOME-"));
const place = { dir, name: 'My_study', options: { threads: 2, cacheDir: '/shared/my cache' } };

test('a script for Slurm is what the launcher submits', () => {
  const text = workerText('slurm', place);
  assert.match(text, /^#!\/bin\/bash\n[\s\S]*#SBATCH --requeue\n/);
  assert.match(text, /--threads 2 --jobs 1 --requeue/);
});

test('a line for ssh reaches the other shell as it was meant', () => {
  // In place of ssh: a shell that is given the command, with a program in place
  // of gaplab that says its arguments.
  const line = workerText('ssh', place).replace(/^ssh "\$HOST" /m, 'sh -c ');
  const said = spawnSync(
    'sh',
    ['-c', line.replace(/nohup \S+ \S+ /, 'printf %s: ').replace(/>>/, '; : >>')],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(said.status, 0, said.stderr);
  assert.deepEqual(said.stdout.split(':').slice(0, -1), ['worker', '--study', dir, '--threads', '2']);
});

test('what PyTorch is told is passed on', () => {
  const torch = { python: '/opt/venv/bin/python', compile: true, gpus: 2 };
  assert.match(
    workerText('slurm', { ...place, options: { torch } }),
    / --python \/opt\/venv\/bin\/python --compile --gpus 2 /,
  );
});

test('a manifest for Kubernetes restarts pods until they end well', () => {
  const { kind, metadata, spec } = parse(workerText('kubernetes', place));
  assert.equal(kind, 'Job');
  assert.equal(metadata.name, 'gaplab-my-study');
  const [container] = spec.template.spec.containers;
  assert.equal(spec.template.spec.restartPolicy, 'OnFailure');
  assert.deepEqual(container.command, ['gaplab', 'worker', '--study', dir, '--threads', '2', '--jobs', '1']);
  assert.deepEqual(container.env, [{ name: 'GAPLAB_CACHE', value: '/shared/my cache' }]);
});
