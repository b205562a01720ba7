import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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
  assert.match(
    text,
    /17 sequences predicted \(5 to 35\), 10 measured \[runs of this project: .*; holds for models of about/,
  );
  assert.match(text, /Batch size 1: SGD; far below/);
  assert.match(text, /refused, because N is .* \[published rule: lr = 1\.79 N/);
  // A rule is told once, however many batch sizes it is asked for, and whether it holds or is refused.
  for (const rule of [/Step Law/g, /arXiv 2505\.21829/g, /where its own search begins/g])
    assert.equal(text.match(rule)?.length, 1, rule.source);
  assert.match(text, /A run takes 30 s \(at the speed that you measured\)/);
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
  const plain = gaplab('7e9', '--memory', '80GB');
  assert.match(plain.stdout, /Activations are not known from a number of parameters/);
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
