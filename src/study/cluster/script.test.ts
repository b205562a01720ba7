import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { jobName, quoted, slurmScript } from './script.ts';
import { launcher, launcherSettings, secondsOf } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), "gaplab 100% it's-"));
const place = { dir: root, name: 'mine', options: {} };

test('time limits are read as Slurm reads them', () => {
  assert.equal(secondsOf(90), 5400);
  assert.equal(secondsOf('90'), 5400);
  assert.equal(secondsOf('90:30'), 5430);
  assert.equal(secondsOf('4:00:00'), 14_400);
  assert.equal(secondsOf('1-12'), 129_600);
  assert.equal(secondsOf('1-12:30'), 131_400);
  assert.equal(secondsOf('1-12:30:30'), 131_430);
  assert.equal(secondsOf('90m'), 5400);
  assert.equal(secondsOf('12h'), 43_200);
  assert.equal(secondsOf('2d'), 172_800);
  for (const time of ['soon', '4:0:0', '-1', ''])
    assert.equal(launcher.safeParse({ time }).success, false, time);
});

test('a job script: options, set-up before the worker, and a worker that gets the signals of Slurm itself', () => {
  const script = slurmScript(
    place,
    launcher.parse({
      partition: 'gpu',
      time: '4:00:00',
      gpus: 'a100:2',
      memory: '8G',
      cpus: 4,
      idle: 10,
      sbatch: ['--account=physics', '#SBATCH --qos=low'],
      setup: ['module load cuda', 'source "$HOME/venv/bin/activate"'],
    }),
  );
  const lines = script.split('\n');
  for (const option of [
    '--requeue',
    '--open-mode=append',
    '--signal=B:USR1@120',
    '--partition=gpu',
    '--time=240',
    '--gres=gpu:a100:2',
    '--mem=8G',
    '--cpus-per-task=4',
    '--account=physics',
    '--qos=low',
    `--output="${root.replace('%', '%%')}/slurm/worker-%A_%a.log"`,
  ])
    assert.ok(lines.includes(`#SBATCH ${option}`), option);
  assert.ok(lines.indexOf('module load cuda') > lines.indexOf('set -e'));
  const worker = lines.findIndex((line) => line.startsWith('exec '));
  assert.ok(worker > lines.indexOf('source "$HOME/venv/bin/activate"'));
  assert.match(lines[worker], /worker --study .* --threads 4 --jobs 1 --requeue --margin 60 --idle 10 /);
  assert.equal(spawnSync('bash', ['-n'], { input: script }).status, 0);
  // The shell reads back what was meant.
  const echo = script.replace(/^exec \S+ /m, "printf '%s\\n' ");
  const args = spawnSync('bash', ['-s'], {
    input: echo.replace(/^(module|source).*$/gm, ''),
    encoding: 'utf8',
  });
  assert.ok(args.stdout.split('\n').includes(root), args.stdout + args.stderr);
});

test('the end of a short time limit is announced in time for some work before it', () => {
  const script = slurmScript(place, launcher.parse({ time: 1 }));
  assert.match(script, /--signal=B:USR1@12\n/);
  assert.match(script, /--margin 6 /);
});

test('a directory has one job name by whatever way one comes to it, and studies of one name have two', () => {
  const link = `${root}-link`;
  symlinkSync(root, link);
  const other = join(root, 'other');
  mkdirSync(other);
  assert.equal(jobName({ ...place, dir: link }), jobName(place));
  assert.notEqual(jobName({ ...place, dir: other }), jobName(place));
});

test('the command line decides who makes the runs, the file what they get', () => {
  const file = launcher.parse({ partition: 'gpu' });
  assert.equal(launcherSettings(undefined, file).kind, 'slurm');
  assert.equal(launcherSettings('slurm', file).partition, 'gpu');
  assert.deepEqual(launcherSettings('local', file), launcher.parse({ kind: 'local' }));
  assert.equal(launcherSettings(undefined, undefined).kind, 'local');
});

test('what a shell could take for its own is quoted', () => {
  assert.equal(quoted('/a/b-c_1.sh'), '/a/b-c_1.sh');
  assert.equal(quoted("it's $HOME"), "'it'\\''s $HOME'");
});
