// Logs: nanoGPT's, modded-nanogpt's, and the tables of W&B and autoresearch, in the words
// that those programs write.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { applyMapping } from './apply.ts';
import { guessMapping } from './guess.ts';
import { readRuns } from './registry.ts';

const dir = mkdtempSync(join(tmpdir(), 'gaplab-logs-'));
after(() => rmSync(dir, { recursive: true }));
const written = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

test('nanoGPT: settings, evaluations and iterations', async () => {
  const path = written(
    'out.log',
    `Overriding config with config/train_shakespeare_char.py:
batch_size = 64
block_size = 256 # context of up to 256 previous characters
learning_rate = 1e-3 # with baby networks can afford to go a bit higher
beta2 = 0.99
max_iters = 500
dataset = 'shakespeare_char'

Overriding: learning_rate = 0.002
tokens per iteration will be: 16,384
step 0: train loss 4.2874, val loss 4.2823
iter 0: loss 4.2689, time 12031.42ms, mfu -100.00%
iter 10: loss 3.1435, time 30.21ms, mfu 12.33%
step 500: train loss 1.7648, val loss 1.9206
iter 500: loss 1.8421, time 4011.12ms, mfu 11.05%
`,
  );
  const { reader, runs: foreign } = await readRuns(path);
  assert.equal(reader.kind, 'nanogpt');
  const mapping = guessMapping(foreign);
  assert.equal(mapping.lr, 'learning_rate');
  // nanoGPT has one optimizer and never names it.
  assert.throws(
    () => applyMapping(foreign, mapping),
    /no name was found for optimizer; write it into the mapping/,
  );
  const { runs } = applyMapping(foreign, { ...mapping, optimizer: { value: 'adamw' }, take: 'final' });
  const { lr, batchSize, steps, tokens, valLoss, trainLoss, status } = runs[0];
  assert.deepEqual(
    { lr, batchSize, steps, tokens, valLoss, trainLoss, status },
    {
      lr: 0.002,
      batchSize: 64,
      steps: 500,
      tokens: 500 * 64 * 256,
      valLoss: 1.9206,
      trainLoss: 1.7648,
      status: 'done',
    },
  );
});

test('modded-nanogpt: the source and several runs in one log', async () => {
  const run = (loss: string) =>
    [
      'step:0/250 val_loss:10.82584 train_time:0.000s step_avg:nanms',
      'step:125/250 val_loss:4.60846 train_time:23.618s step_avg:188.94ms',
      `step:250/250 val_loss:${loss} train_time:42.151s step_avg:148.27ms`,
    ].join('\n');
  const path = written(
    'a.txt',
    `import os\nbatch_size = 8 * 64 * 1024\ntrain_steps = 250\n\n${'='.repeat(100)}\nRunning PyTorch 2.11.0\n${'='.repeat(100)}\n${run('3.27680')}\n${run('3.27767')}\n`,
  );
  const { reader, runs: foreign } = await readRuns(path);
  assert.equal(reader.kind, 'track3');
  const mapping = {
    ...guessMapping(foreign),
    optimizer: { from: 'where', match: '^[a-z]' },
    lr: { value: 0.02 },
    take: 'final' as const,
  };
  const { runs } = applyMapping(foreign, mapping);
  assert.deepEqual(
    runs.map(({ optimizer, batchSize, steps, seed, valLoss }) => [
      optimizer,
      batchSize,
      steps,
      seed,
      valLoss,
    ]),
    [
      ['a', 524288, 250, 1, 3.2768],
      ['a', 524288, 250, 2, 3.27767],
    ],
  );
});

test('a chart that W&B exported: a column a run, its bounds beside it', async () => {
  const path = written(
    'chart.csv',
    '"Step","sgd lr0.1 - val/loss","sgd lr0.1 - val/loss__MIN","sgd lr0.1 - val/loss__MAX","adam lr0.001 - val/loss","adam lr0.001 - val/loss__MIN","adam lr0.001 - val/loss__MAX"\n10,5.1,5.1,5.1,4.9,4.9,4.9\n20,4.2,4.2,4.2,4.0,4.0,4.0\n',
  );
  const { runs: foreign } = await readRuns(path);
  const mapping = {
    optimizer: { from: 'name', match: '^\\w+' },
    lr: { from: 'name', match: 'lr([\\d.e-]+)' },
    batchSize: { value: 8 },
    valLoss: 'val/loss',
    take: 'final' as const,
  };
  const { runs } = applyMapping(foreign, mapping);
  assert.deepEqual(
    runs.map(({ optimizer, lr, steps, valLoss }) => [optimizer, lr, steps, valLoss]),
    [
      ['sgd', 0.1, 20, 4.2],
      ['adam', 0.001, 20, 4],
    ],
  );
});

test("autoresearch's table: a crash is written as 0, and is no result", async () => {
  const path = written(
    'results.tsv',
    'commit\tval_bpb\tmemory_gb\tstatus\tdescription\na1b2c3d\t0.997900\t44.0\tkeep\tbaseline\nb2c3d4e\t0.000000\t0.0\tcrash\tdouble width\nc3d4e5f\t0.000000\t0.0\tkeep\twrong\n',
  );
  const { runs: foreign } = await readRuns(path);
  const mapping = {
    ...guessMapping(foreign),
    optimizer: { value: 'muon' },
    lr: { value: 0.02 },
    batchSize: { value: 8 },
    steps: { value: 100 },
  };
  assert.equal(mapping.unit, 'bits');
  const { runs } = applyMapping(foreign, mapping);
  assert.deepEqual(
    runs.map(({ status, valLoss }) => [status, valLoss]),
    [
      ['done', 0.9979 * Math.LN2],
      ['failed', null],
      ['failed', null],
    ],
  );
});
