// `gaplab model` as its users meet it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { program } from './program.testing.ts';

const { gaplab } = program();

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
  const state = Object.fromEntries(
    answer.memory.map((m: { optimizer: string; state: number; weights: number }) => [
      m.optimizer,
      m.state / m.weights,
    ]),
  );
  assert.deepEqual([state.sgd, state['sgd, momentum=0'], state.adam, state.signsgd], [1, 0, 2, 0]);
});

test('model: other layers, within 80 columns', () => {
  const set = (...changes: string[]) =>
    gaplab('model', 'nano', ...changes.flatMap((change) => ['--set', change])).stdout;
  const words = ['norm=layernorm', 'mlp=gelu', 'positions=learned', 'embeddings=tied', 'normPlace=post'];
  const bert = set(...words);
  assert.match(
    bert,
    /^nano, norm layernorm, mlp gelu, positions learned, embeddings tied, normPlace\npost: /,
  );
  assert.match(bert, /^embedding +head +\[2048, 64\]/m);
  assert.match(bert, /^layers\.\*\.mlpNormBias +norm +2 x \[1, 64\] +128/m);
  const moe = set('mlp=moe', 'experts=4', 'topK=2', 'ffnDim=88');
  assert.match(moe, /^layers\.\*\.down +mlp +2 x \[4, 64, 88\] +45,056/m);
  assert.match(moe, /^ {2}experts +all 4 compute every token, 2 count$/m);
  for (const line of `${bert}\n${moe}`.split('\n')) assert.ok(line.length <= 80, line);
});

test('model: without a preset, a list of them; too large a model says so', () => {
  assert.match(gaplab('model').stdout, /^160m +162M +12 +768 +12 +2048 +512 +50280 +798M$/m);
  assert.deepEqual(
    JSON.parse(gaplab('model', '--json').stdout).map((p: { name: string }) => p.name),
    ['tiny', 'nano', '1m', '10m', '30m', '160m', '410m', '1b', 'tiny-vision', 'nano-vision'],
  );
  // Which optimizers fit depends on their state: adambc and invadam have more than Adam.
  assert.match(
    gaplab('model', '1b').stdout,
    /Too large for the engine, which holds 16 GiB, with adambc, invadam\.$/m,
  );
  const some = gaplab('model', '1b', '--set', 'layers=26').stdout;
  assert.match(some, /Too large for the engine, which holds 16 GiB, with .*\badamw\b.*\.\n$/s);
  assert.doesNotMatch(some, /16 GiB, with.*momentum=0/s);
  for (const line of some.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(
    gaplab('model', '1b', '--set', 'layers=48').stdout,
    /Too large for the engine, which holds 16 GiB, with any optimizer\.$/m,
  );
});

test('model: activations computed again take less', () => {
  const answer = (...args: string[]) => JSON.parse(gaplab('model', '160m', '--json', ...args).stdout).memory;
  const sgd = answer().find((m: { optimizer: string }) => m.optimizer === 'sgd');
  assert.equal(sgd.state, sgd.weights);
  assert.ok(answer('--recompute')[0].activations < 0.7 * sgd.activations);
});

test('model --plan: FLOP, memory and days, and what of it is assumed', () => {
  const { status, stdout } = gaplab('model', '160m', '--plan');
  assert.equal(status, 0);
  assert.match(stdout, /^160m at the paper's size: 48 runs of 1\.30G tokens, 49\.8E FLOP\n/);
  assert.match(stdout, /Counted, not measured: .*Assumed: 10% to 40% of the published peak/s);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  const h100 = JSON.parse(gaplab('model', '1b', '--plan', '--json').stdout);
  const a100 = JSON.parse(gaplab('model', '1b', '--plan', '--gpu', 'a100', '--json').stdout);
  assert.equal(h100.flop, h100.runs * h100.tokens * h100.flopPerToken);
  const [one, eight] = h100.days;
  // FLOP over FLOP per second, in days.
  assert.ok(Math.abs(one.from / (h100.flop / (h100.gpu.peak.tf32 * 0.4) / 86400) - 1) < 1e-12);
  assert.ok(eight.to >= one.to / 8 && eight.to < one.to / 7);
  assert.ok(a100.days[0].to > 3 * one.to);
});

for (const [args, message] of [
  [
    ['nope'],
    'unknown model "nope"; presets: tiny, nano, 1m, 10m, 30m, 160m, 410m, 1b, tiny-vision, nano-vision',
  ],
  [['nano', '--plan'], "no study of the paper's size is known for nano; --plan takes 160m, 410m, 1b"],
  [['--plan'], '--plan is for one preset: 160m, 410m, 1b'],
  [['1b', '--plan', '--gpu', 'tpu'], 'unknown --gpu "tpu"; choose from h100, a100'],
  [['nano', '--set', 'dims=3'], '--set: a model has no "dims"; did you mean dim?'],
  [
    ['nano', '--set', 'dim=30'],
    'model: dim 30 / heads 4 = 7.5, but a head needs an even width (rotary pairs)',
  ],
  [
    ['nano', '--set', 'dim'],
    "option '--set <k=v>' argument 'dim' is invalid. Write it as name=number, e.g. dim=128; see `gaplab model --help`",
  ],
  [['nano', '--set', 'mlp=relu'], 'model: mlp: Invalid option: expected one of "swiglu"|"gelu"|"moe"'],
  [['nano', '--set', 'mlp=moe'], 'model: mlp moe needs experts and topK, e.g. experts 4 and topK 2'],
  [
    ['--set', 'dim=8'],
    '--set changes a preset: name one of tiny, nano, 1m, 10m, 30m, 160m, 410m, 1b, tiny-vision, nano-vision',
  ],
] as [string[], string][])
  test(`model ${args.join(' ')}: one line, code 2`, () => {
    const { status, stdout, stderr } = gaplab('model', ...args);
    assert.deepEqual([status, stdout, stderr], [2, '', `gaplab: ${message}\n`]);
  });
