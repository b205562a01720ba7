// `gaplab model` as its users meet it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';

const cli = resolve(import.meta.dirname, '../cli.ts');
const gaplab = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

test('model: parameters, FLOP and memory of nano, within 80 columns', () => {
  const { status, stdout } = gaplab('model', 'nano');
  assert.equal(status, 0);
  assert.match(stdout, /^nano: 362,816 parameters\n/);
  assert.match(stdout, /layers\.\*\.qkv +attention +2 x \[192, 64\] +24,576 +6\.8%/);
  assert.match(stdout, /FLOP per token +1,486,848/);
  assert.match(stdout, /^adam +1\.38 MiB +1\.38 MiB +2\.77 MiB/m);
  for (const line of [...stdout.split('\n'), ...gaplab('model', '1b').stdout.split('\n')])
    assert.ok(line.length <= 80, line);
});

test('model: --set changes the shape, --json tells all', () => {
  const { stdout } = gaplab(
    'model',
    'nano',
    '--set',
    'dim=128',
    '--set',
    'layers=3',
    '--batch-size',
    '64',
    '--json',
  );
  const answer = JSON.parse(stdout);
  assert.deepEqual([answer.config.dim, answer.config.layers, answer.config.heads], [128, 3, 4]);
  const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
  const counts = answer.parameters.table.map((p: { count: number }) => p.count);
  assert.equal(sum(counts), answer.parameters.total);
  assert.equal(sum(Object.values(answer.parameters.byKind)), answer.parameters.total);
  assert.deepEqual(
    answer.memory
      .slice(0, 4)
      .map((m: { optimizer: string; state: number; weights: number }) => [m.optimizer, m.state / m.weights]),
    [
      ['sgd', 1],
      ['sgd, momentum=0', 0],
      ['adam', 2],
      ['adamw', 2],
    ],
  );
});

test('model: without a preset, a list of them; too large a model says so', () => {
  assert.match(gaplab('model').stdout, /^160m +162M +12 +768 +12 +2048 +512 +50280 +798M$/m);
  assert.deepEqual(
    JSON.parse(gaplab('model', '--json').stdout).map((p: { name: string }) => p.name),
    ['tiny', 'nano', '1m', '10m', '30m', '160m', '410m', '1b'],
  );
  assert.doesNotMatch(gaplab('model', '1b').stdout, /Too large/);
  // Which optimizers fit depends on their state.
  const some = gaplab('model', '1b', '--set', 'layers=26').stdout;
  assert.match(some, /Too large for the engine, which holds 16 GiB, with .*\badamw\b.*\.\n$/s);
  assert.doesNotMatch(some, /16 GiB, with.*momentum=0/s);
  for (const line of some.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(
    gaplab('model', '1b', '--set', 'layers=48').stdout,
    /Too large for the engine, which holds 16 GiB, with any optimizer\.$/m,
  );
});

test('model: without momentum SGD keeps nothing; activations computed again take less', () => {
  const answer = (...args: string[]) => JSON.parse(gaplab('model', '160m', '--json', ...args).stdout).memory;
  const [sgd, plain] = answer();
  assert.equal(plain.optimizer, 'sgd, momentum=0');
  assert.deepEqual([sgd.state, plain.state], [sgd.weights, 0]);
  assert.ok(answer('--recompute')[0].activations < 0.7 * sgd.activations);
});

for (const [args, message] of [
  [['nope'], 'unknown model "nope"; presets: tiny, nano, 1m, 10m, 30m, 160m, 410m, 1b'],
  [['nano', '--set', 'dims=3'], '--set: a model has no "dims"; did you mean dim?'],
  [
    ['nano', '--set', 'dim=30'],
    'model: dim 30 / heads 4 = 7.5, but a head needs an even width (rotary pairs)',
  ],
  [
    ['nano', '--set', 'dim'],
    "option '--set <k=v>' argument 'dim' is invalid. Write it as name=number, e.g. dim=128; see `gaplab model --help`",
  ],
  [['--set', 'dim=8'], '--set changes a preset: name one of tiny, nano, 1m, 10m, 30m, 160m, 410m, 1b'],
] as [string[], string][])
  test(`model ${args.join(' ')}: one line, code 2`, () => {
    assert.deepEqual(gaplab('model', ...args), { status: 2, stdout: '', stderr: `gaplab: ${message}\n` });
  });
