import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home: dir, gaplab } = program('advise');

test('advice names the source and range of every number, and the time of a run', () => {
  const { stdout, status, stderr } = gaplab(
    'nano',
    '--tokens',
    '300000',
    '--speed',
    '10000',
    '--memory',
    '1GiB',
    '--batch-sizes',
    '1,64',
  );
  assert.equal(status, 0, stderr);
  const text = stdout.replace(/\s+/g, ' ');
  assert.match(text, /17 sequences predicted \(5 to 35\), 10 measured \[1\]/);
  assert.match(text, /\[1\] runs of this project: nano: moments of Adam/);
  assert.match(text, /Batch size 1: SGD; far below/);
  assert.match(text, /Time 30 s a run, at the speed that you measured/);
  // The message is one screen, and what does not hold is counted.
  assert.ok(stdout.split('\n').length < 30, stdout);
  assert.match(text, /\d+ rules do not hold here and are left out \(--all tells why\)/);
  assert.doesNotMatch(text, /1\.79 N/);
});

test('--all tells every rule once, with the reason where it is refused', () => {
  const { stdout, status, stderr } = gaplab('nano', '--tokens', '300000', '--batch-sizes', '1,64', '--all');
  assert.equal(status, 0, stderr);
  const text = stdout.replace(/\s+/g, ' ');
  for (const rule of [/1\.79 N/g, /arXiv 2505\.21829/g, /where its own search begins/g, /base_train\.py/g])
    assert.equal(text.match(rule)?.length, 1, rule.source);
  assert.match(text, /learning rate of Adam: N is 100,672 \[published rule: lr = 1\.79 N/);
});

test('--check tells the cost and runs nothing without --yes', () => {
  const { stdout, status, stderr } = gaplab('tiny', '--tokens', '8192', '--batch-sizes', '2,16', '--check');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /runs +\d+/);
  assert.match(stdout, /The same command with --yes runs this study/);
  assert.ok(!existsSync(join(dir, 'studies')));
  const number = gaplab('7e9', '--tokens', '1e9', '--check');
  assert.equal(number.status, 2);
  assert.match(number.stderr, /a number of parameters cannot be trained/);
  assert.match(gaplab('nano', '--check').stderr, /give --tokens/);
  assert.match(gaplab('nano', '--yes').stderr, /--yes belongs to --check/);
  assert.match(gaplab('nano', '--out', 'x').stderr, /--out belongs to --check/);
});

test('--grade compares with a study that is there; of scripts the model has to be given', () => {
  const made = join(dir, 'made');
  writeStudyDir(
    made,
    reportedStudy({ batchSizes: [1, 4], tokens: [300_000] }),
    ({ point: { lr, optimizer } }) => ({
      valLoss: 3.4 + 0.1 * Math.log2(lr / (optimizer === 'sgd' ? 0.06 : 0.003)) ** 2,
    }),
  );
  const { stdout, json } = gaplab('--grade', made, '--json');
  const { grades } = json();
  assert.deepEqual(
    [
      ...new Set(
        grades
          .filter(({ refused }: { refused: boolean }) => refused)
          .map(({ source }: { source: string }) => source),
      ),
    ],
    ['lr = 1.79 N^−0.713 D^0.307 (Step Law, arXiv 2503.04715)'],
  );
  assert.ok(stdout.length > 0);
  assert.match(gaplab('--grade', made).stdout, /\| study \| prediction \| predicted \| measured \| \|/);
  assert.match(gaplab('--grade', dir).stderr, /holds no study/);
});

test('the record of published tables is that of docs/advisor.md', () => {
  const root = join(import.meta.dirname, '../..');
  const doc = readFileSync(join(root, 'docs/advisor.md'), 'utf8');
  const { home, gaplab: run } = program();
  const fixtures = join(root, 'src/imports/fixtures');
  const names = join(home, 'names.yaml');
  run('import', join(fixtures, 'step-law.csv'), '--save-mapping', names);
  appendFileSync(names, 'optimizer: {value: adam}\ntokensPerSequence: {value: 2048}\n');
  run('import', join(fixtures, 'step-law.csv'), '--mapping', names, '--out', 'step-law');
  run('import', join(fixtures, 'sibling-sgd.csv'), '--out', 'sibling');
  // Of imports only the size of the model is known.
  for (const [model, study, rows] of [
    ['429260800', 'step-law', 4],
    ['160m', 'sibling', 2],
  ] as const) {
    const { stdout, stderr } = run('advise', model, '--grade', study);
    const made = stdout.split('\n').filter((line) => line.startsWith(`| ${study}`));
    assert.equal(made.length, rows, stderr);
    const written = doc.split('\n').filter((line) => line.startsWith(`| ${study}`));
    assert.deepEqual(made, written);
  }
});

test('--probe predicts from the gradient moments of a run, and what has none is refused', () => {
  const measurement = {
    ...{ run: 'mine', id: '0', optimizer: 'adam', batchSize: 2, lr: 0.002, seed: 1 },
    ...{ schema: 1, probe: 'noise', step: 64, tokens: 4096, seconds: 1, options: {} },
    tables: { total: [{ criticalBatch: 390, noiseScale: 20 }] },
  };
  const file = join(dir, 'noise.json');
  writeFileSync(file, JSON.stringify({ schema: 1, probe: 'noise', measurements: [measurement] }));
  const { stdout, status, stderr } = gaplab('tiny', '--batch-sizes', '1,2,64', '--probe', dir);
  assert.equal(status, 0, stderr);
  const text = stdout.replace(/\s+/g, ' ');
  assert.match(
    text,
    /Batch sizes 1 and 2: no recommendation; below the 10 sequences at which SGD is predicted/,
  );
  assert.match(text, /Batch size 64: Adam/);
  assert.match(text, /measured by you: gradient moments of adam at batch size 2/);
  const none = gaplab('tiny', '--probe', join(dir, 'nothing'));
  assert.equal(none.status, 2);
  assert.match(none.stderr, /has no measurements of the probe noise: make them with gaplab probe/);
});

test('a Llama config.json, a number of parameters, and what is neither', () => {
  writeFileSync(
    join(dir, 'config.json'),
    JSON.stringify({
      vocab_size: 512,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      intermediate_size: 192,
      max_position_embeddings: 64,
      rope_theta: 10000,
      rms_norm_eps: 1e-6,
      initializer_range: 0.02,
    }),
  );
  const config = gaplab(join(dir, 'config.json'), '--json').json();
  assert.ok(config.parameters > 100_000 && config.parameters < 300_000);
  // As the first Llamas have it, under a name of its own; and what models here do without.
  const llama = {
    ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_act: 'silu', vocab_size: 32_000 },
    ...{ hidden_size: 4096, intermediate_size: 11_008, num_hidden_layers: 32, num_attention_heads: 32 },
    ...{ max_position_embeddings: 4096, rms_norm_eps: 1e-5, tie_word_embeddings: false },
  };
  writeFileSync(join(dir, 'llama-7b.json'), JSON.stringify(llama));
  assert.equal(gaplab(join(dir, 'llama-7b.json'), '--json').json().parameters, 6_738_415_616);
  writeFileSync(join(dir, 'grouped.json'), JSON.stringify({ ...llama, num_key_value_heads: 8 }));
  const grouped = gaplab(join(dir, 'grouped.json'));
  assert.equal(grouped.status, 2);
  assert.match(
    grouped.stderr.replace(/\s+/g, ' '),
    /grouped\.json: grouped-query .*a number of parameters, such as 7e9/,
  );
  const plain = gaplab('7e9', '--memory', '80GB');
  assert.match(plain.stdout, /activations are not known from a number of parameters/);
  // Only what would help is asked for.
  assert.match(plain.stdout, /not known: give --tokens, and --speed\n/);
  assert.match(gaplab('nano', '--tokens', '300000').stdout, /not known: give --speed or --gpu\n/);
  for (const [args, words] of [
    [['llama'], /is no preset .*, no config\.json, and no number of parameters/],
    [['nano', '--memory', 'much'], /a size such as 24GB/],
    [['7e9', '--gpu', 'h100'], /needs the shape of the model/],
    [['nano', '--study', dir], /holds no study/],
  ] as [string[], RegExp][]) {
    const { status, stderr } = gaplab(...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replace(/\s+/g, ' '), words);
  }
});
