// The commands study, status and train on real (very short) training, as a user calls them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { studySummary } from '../store/schemas.ts';
import { readLlamaFolder } from '../train/llama.ts';
import { program } from './program.testing.ts';

const { home: root, gaplab } = program();
const text = join(root, 'text');

// A corpus that takes no time: documents of words with some structure.
writeFileSync(
  text,
  Array.from(
    { length: 6000 },
    (_, i) =>
      `the ${['red', 'blue', 'old'][i % 3]} ${['fox', 'ship'][(i * 7) % 2]} number ${i} ${i % 5 ? 'sleeps' : 'runs far away'}.${i % 40 ? '' : '\n\n'}`,
  ).join(' '),
);

const study = join(root, 'mine.yaml');
writeFileSync(
  study,
  `name: mine
model: tiny
data: {corpus: text, vocabSize: 300}
tokens: 8192
batchSizes: [4, 32]
optimizers:
  sgd:
  adam:
maxPoints: 4
seeds: {fresh: 1}
eval: {tokens: 1024}
`,
);

test('study runs, reports, and has nothing left to do the second time; status agrees', () => {
  const first = gaplab('study', study, '--json');
  assert.equal(first.status, 0, first.stderr);
  const answer = first.json();
  assert.ok(answer.ran >= 4 * 3);
  const dir = join(root, 'studies', 'mine');
  const summary = studySummary.parse(JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')));
  assert.equal(summary.cells.length, 4);
  assert.deepEqual(
    summary.gaps.map((gap) => [gap.batchSize, gap.challenger]),
    [
      [4, 'sgd'],
      [32, 'sgd'],
    ],
  );
  assert.ok(existsSync(join(dir, 'report.html')));
  const again = gaplab('study', study);
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /batch\s+SGD\s+Adam\s+gap \(SGD − Adam\)\n {4}4 /);
  assert.match(again.stdout, /Report: studies\/mine\/report\.html\nNothing was left to run/);
  const status = gaplab('status', dir, '--json').json();
  assert.equal(status.done, true);
  assert.equal(status.counts.done + status.counts.diverged, answer.ran);
  assert.match(gaplab('status', dir).stdout, /finished; cells 4\/4/);
});

test('an altered config.json is told, and nothing is continued or repeated under it', () => {
  const flags = ['--model', 'tiny', '--corpus', text, '--vocab-size', '300', '--steps', '3', '--out', 'kept'];
  assert.equal(gaplab('train', ...flags).status, 0);
  const path = join(root, 'kept', 'config.json');
  const config = readFileSync(path, 'utf8');
  const { tokenizer_class: kind } = JSON.parse(
    readFileSync(join(root, 'kept', 'model', 'tokenizer_config.json'), 'utf8'),
  );
  assert.equal(kind, 'PreTrainedTokenizerFast');
  for (const [from, to] of [
    ['"lr": 0.003', '"lr": 0.002'],
    ['"steps": 3', '"steps": 4'],
  ]) {
    assert.ok(config.includes(from), from);
    writeFileSync(path, config.replace(from, to));
    const told =
      /^gaplab: .*config\.json was changed: it is that of run \w{16}, and result\.json is of run \w{16}; put/;
    const resumed = gaplab('train', '--resume', 'kept');
    assert.deepEqual([resumed.status, resumed.stdout], [2, '']);
    assert.match(resumed.stderr, told);
    // Without the result the checkpoint says whose it is.
    const result = join(root, 'kept', 'result.json');
    renameSync(result, `${result}.away`);
    assert.match(
      gaplab('train', '--resume', 'kept').stderr,
      /and attempt-1.checkpoint\.safetensors is of run/,
    );
    renameSync(`${result}.away`, result);
    assert.match(gaplab('train', ...flags).stderr, /holds another run/);
  }
  writeFileSync(path, config);
  assert.equal(gaplab('train', '--resume', 'kept').status, 0);
});

test('labs that are added to a study are run, none of its runs again, and both are in its report', () => {
  const lab = 'theory={lab: sde, sigma: [3], batchSizes: [1, 4], paths: 16, steps: 10, points: 2}';
  const { status, stdout, stderr } = gaplab('study', study, '--set', lab);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /theory sde {2}100%/);
  assert.match(stdout, /Nothing was left to run/);
  const dir = join(root, 'studies', 'mine');
  assert.ok(existsSync(join(dir, 'theory', 'sde.json')));
  assert.ok(existsSync(join(dir, 'figures', 'sde-loss-by-batch.svg')));
  assert.match(readFileSync(join(dir, 'report.html'), 'utf8'), /A noisy quadratic: loss after 5 steps/);
  assert.deepEqual(gaplab('status', dir, '--json').json().theory, [{ lab: 'sde', name: 'sde', done: true }]);
  assert.match(gaplab('status', dir).stdout, /^theory: sde done$/m);
  const again = gaplab('study', study, '--set', lab);
  assert.doesNotMatch(again.stderr, /theory/);
  const bad = gaplab('study', study, '--set', 'theory={lab: sde, sigma: [-1]}');
  assert.deepEqual([bad.status, bad.stdout], [2, '']);
  assert.match(bad.stderr, /^gaplab: .*theory\.sigma\.0: expected at least 0, found -1\n$/);
});

test('train runs once, repeats a finished run at no cost, refuses another run in its directory', () => {
  const flags = [
    '--model',
    'tiny',
    '--corpus',
    text,
    '--vocab-size',
    '300',
    '--tokens',
    '4096',
    '--batch-size',
    '8',
    '--out',
    'one',
  ];
  const first = gaplab(
    'train',
    ...flags,
    '--optimizer',
    'sgd',
    '--lr',
    '.1',
    '--hyper',
    'momentum=0.9',
    '--json',
  );
  assert.equal(first.status, 0, first.stderr);
  assert.equal(first.json().status, 'done');
  // The trained model, with the very bits of the result, stands where transformers can load it.
  const { params } = readLlamaFolder(join(root, 'one', 'model'));
  assert.equal(createHash('sha256').update(params).digest('hex'), first.json().paramsSha256);
  const again = gaplab('train', '--resume', 'one', '--json');
  // openData finds the data by its fingerprint alone.
  assert.equal(again.json().finishedAt, first.json().finishedAt, again.stderr);
  // As a kill between the result and the model leaves it.
  rmSync(join(root, 'one', 'model'), { recursive: true });
  assert.equal(gaplab('train', '--resume', 'one').status, 0);
  assert.deepEqual(readLlamaFolder(join(root, 'one', 'model')).params, params);
  const other = gaplab('train', ...flags, '--lr', '.2');
  assert.equal(other.status, 2);
  assert.match(other.stderr, /^gaplab: .*one holds another run; .*\n$/);
});

test('what is wrong is one line, exit code 2, before anything is trained', () => {
  const bad: [string[], RegExp][] = [
    [['study', 'qick'], /did you mean "quick"\?/],
    [
      ['study', study, '--set', 'optimizers.adm.lr.guess=1'],
      /--set optimizers\.adm\.lr\.guess=1: optimizers\.adm: unknown optimizer "adm": did you mean "adam"\?/,
    ],
    [['study', study, '--set', 'tokenz=1'], /tokenz: unknown field; did you mean "tokens"\?/],
    [
      ['study', study, '--set', 'model.seqLen=65536', '--set', 'tokens=10000000'],
      /a sequence of 65536 tokens is longer than/,
    ],
    [['study', study, '--out', study], /cannot write to .*mine\.yaml/],
    [
      ['study', study, '--set', 'name=other', '--out', join(root, 'studies', 'mine')],
      /belongs to the study "mine"/,
    ],
    [['study', study, '--set', 'data.corpus=nothing-here', '--set', 'name=b'], /nothing-here/],
    [['status', root], /holds no study/],
    [['train', '--optimizer', 'adm'], /unknown optimizer "adm"/],
    [['train', '--hyper', 'momentum'], /name=number/],
    [['train', '--resume', root], /holds no run/],
    [['train', '--resume', 'x'.repeat(300)], /config\.json: the path is too long/],
  ];
  for (const [args, pattern] of bad) {
    const { status, stderr } = gaplab(...args);
    assert.match(stderr, pattern);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(status, 2, args.join(' '));
  }
});

test('--dry-run and --minutes say what a study takes before anything is run', () => {
  const fresh = ['study', study, '--set', 'name=fresh'];
  const dry = gaplab(...fresh, '--dry-run', '--json');
  assert.equal(dry.status, 0, dry.stderr);
  // Two arms at two batch sizes, 3 to 4 points each (maxPoints), and one further seed.
  assert.deepEqual(dry.json().runs, { min: 16, expected: 20, max: 20 });
  assert.equal(dry.json().tokens.max, 20 * 8192);
  assert.match(
    gaplab(...fresh, '--dry-run').stdout,
    /\nruns +20 +16 to 20\ntokens trained +163,840 .*\ntime with \d+ at once/,
  );
  const late = gaplab(...fresh, '--minutes', '1e-6');
  assert.equal(late.status, 2);
  assert.match(
    late.stderr,
    /gaplab: this study is expected to take \d+ \w+ here .* more than --minutes 0\.000001/,
  );
  assert.equal(gaplab(...fresh, '--scale').status, 2);
  const elsewhere = gaplab(...fresh, '--dry-run', '--device', 'webgpu');
  assert.equal(elsewhere.status, 2);
  assert.match(elsewhere.stderr, /only the speed of the CPU is measured/);
  assert.ok(!existsSync(join(root, 'studies', 'fresh')));
});

test('--dry-run counts the runs that are there, in the folder of the study or in a pool', () => {
  assert.equal(gaplab('study', study).status, 0);
  const own = gaplab('study', study, '--dry-run', '--json').json();
  assert.ok(own.made >= 16);
  assert.deepEqual([own.runs.expected, own.left.max, own.tokens.max], [own.made, 0, 0]);
  assert.equal(gaplab('study', study, '--minutes', '1e-6').status, 0);
  // Another seed more for each of the four cells.
  const pool = ['--set', 'name=fresh', '--set', 'seeds.fresh=2', '--runs', join(root, 'studies/mine/runs')];
  const more = gaplab('study', study, ...pool, '--dry-run');
  assert.equal(more.status, 0, more.stderr);
  assert.match(
    more.stdout,
    new RegExp(
      `\nruns +${own.made + 4} *\nof them there already +${own.made} *\nleft to run +4 *\ntokens trained +32,768\n`,
    ),
  );
  assert.ok(!existsSync(join(root, 'studies', 'fresh')));
});

test('presets are listed with what they show; help has examples', () => {
  const names = gaplab('study', '--list', '--json')
    .json()
    .map((p: { name: string }) => p.name);
  assert.ok(names.includes('quick') && names.includes('smoke'));
  for (const command of ['study', 'status', 'train'])
    assert.match(gaplab(command, '--help').stdout, /Examples:\n/);
});
