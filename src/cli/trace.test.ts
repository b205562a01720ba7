// `gaplab trace` as its users meet it: what it writes, and what it refuses.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../train/safetensors.ts';
import { program, smallCorpus } from './program.testing.ts';

const { home: temporary, gaplab: trace } = program('trace');
const corpus = smallCorpus(temporary);
const small = ['--model', 'tiny', '--corpus', corpus, '--vocab-size', '280', '--eval-tokens', '128'];
test('writes a complete trace, the same twice, and replaces only its own files', () => {
  const out = join(temporary, 't');
  const flags = [...small, '--optimizer', 'sgd', '--lr', '.1', '--batch-size', '4', '--micro-batch', '2'];
  flags.push(
    '--steps',
    '3',
    '--seed',
    '3',
    '--clip',
    'none',
    '--hyper',
    'momentum=0.9',
    '--hyper',
    'nesterov=1',
  );
  flags.push('--set', 'layers=2', '--out', out);
  const first = trace(...flags, '--json');
  assert.equal(first.status, 0, first.stderr);
  const answer = JSON.parse(first.stdout);
  assert.deepEqual([answer.status, answer.steps, answer.valTokens], ['done', 3, 128]);
  const read = () => JSON.parse(readFileSync(join(out, 'trace.json'), 'utf8'));
  const { config, steps, valLoss } = read();
  assert.deepEqual(
    [config.model.vocabSize, config.model.layers, config.clip, config.microBatch],
    [280, 2, null, 2],
  );
  assert.deepEqual(config.optimizer.hyper, { momentum: 0.9, dampening: 0, nesterov: 1, weightDecay: 0 });
  assert.equal(answer.valLoss, valLoss);
  assert.ok(Math.abs(steps[0].loss - Math.log(280)) < 0.1, `loss ${steps[0].loss} at the start`);
  assert.deepEqual(readSafetensors(join(out, 'batches.safetensors')).tensors.batches.shape, [3, 4, 33]);
  for (const folder of ['init', 'final'])
    assert.ok(
      existsSync(join(out, folder, 'model.safetensors')) && existsSync(join(out, folder, 'config.json')),
    );

  const refused = trace(...flags);
  assert.equal(refused.status, 2);
  assert.equal(
    refused.stderr,
    `gaplab: ${out} is not empty; use another --out, or --force to replace its trace\n`,
  );
  const mine = ['notes.txt', 'final/notes.txt'].map((name) => join(out, name));
  for (const path of mine) writeFileSync(path, 'mine');
  const before = read();
  const again = trace(...flags, '--force');
  assert.equal(again.status, 0, again.stderr);
  assert.match(
    again.stdout,
    /^3 steps of 4 sequences, loss 5\.\d+ -> 5\.\d+\nvalidation loss 5\.\d+ over 128 tokens\nTrace: /,
  );
  assert.deepEqual(read(), before);
  for (const path of mine) assert.equal(readFileSync(path, 'utf8'), 'mine');
  // A model that somebody has worked on since is not replaced, before a step is trained.
  const model = join(out, 'final', 'model.safetensors');
  writeFileSync(model, 'fine-tuned');
  const kept = trace(...flags, '--force');
  assert.equal(kept.status, 2);
  assert.match(
    kept.stderr,
    /^gaplab: \S+model\.safetensors was changed since gaplab wrote it, so it is not replaced: [^\n]+\n$/,
  );
  assert.equal(readFileSync(model, 'utf8'), 'fine-tuned');
});

test('an empty directory will do', () => {
  const out = join(temporary, 'empty');
  mkdirSync(out);
  assert.equal(trace(...small, '--steps', '1', '--batch-size', '1', '--out', out).status, 0);
});

test('refuses, in one line with code 2, what it cannot write to or do', () => {
  const unused = join(temporary, 'unused');
  for (const [args, message] of [
    [[], "required option '--out <dir>' not specified; see `gaplab trace --help`"],
    [['--out', corpus], `${corpus} is a file; --out needs a directory`],
    [
      ['--out', unused, '--schedule', 'cosin'],
      'unknown schedule "cosin": choose one of cosine, constant, wsd, linear',
    ],
  ] as [string[], string][]) {
    const { status, stdout, stderr } = trace(...args);
    assert.deepEqual([status, stdout, stderr], [2, '', `gaplab: ${message}\n`]);
  }
  assert.ok(!existsSync(unused));
});
