// W&B sweeps become studies that run.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { runStudy } from '../report/run-study.ts';
import { fromSweep } from './from-sweep.ts';
import { scriptStudy } from './script.testing.ts';

const sweep = {
  program: 'train.mjs',
  method: 'grid',
  metric: { name: 'val_loss', goal: 'minimize' },
  command: [process.execPath, '${program}', '--out=${envvar:GAPLAB_RUN_DIR}', '${args}'],
  parameters: {
    opt: { values: ['sgd', 'adam'] },
    learning_rate: { values: [0.01, 0.1, 1] },
    batch_size: { values: [1, 4] },
    max_steps: { value: 20 },
    momentum: { values: [0.8, 0.9] },
    seed: { values: [1, 2] },
  },
};

test('a sweep becomes a study that runs: its command as it is, texts as arms, numbers as axes', async () => {
  const { folder } = scriptStudy();
  const { text, notes } = fromSweep(sweep, 'mine');
  assert.deepEqual(parse(text), {
    name: 'mine',
    trainer: {
      command: sweep.command,
      program: 'train.mjs',
      names: { lr: 'learning_rate', batchSize: 'batch_size', steps: 'max_steps' },
      metrics: { file: 'jsonl', value: 'val_loss' },
    },
    steps: [20],
    batchSizes: [1, 4],
    seeds: 2,
    optimizers: Object.fromEntries(
      ['sgd', 'adam'].map((opt) => [opt, { args: { opt }, axes: { momentum: [0.8, 0.9] }, lr: 0.1 }]),
    ),
  });
  assert.equal(notes.length, 1);
  // The script prints its losses, as the note says one may write.
  const file = join(folder, 'study.yaml');
  writeFileSync(file, text);
  const set = [
    "trainer.metrics={stdout: ['iter (?<step>\\d+): loss (?<loss>\\S+)', 'val loss (?<valLoss>\\S+)']}",
    'batchSizes=[1]',
    'optimizers.sgd.lr=[0.25, 0.5, 1]',
    'optimizers.adam.lr=[0.01, 0.02, 0.04]',
  ];
  const { failed, summary } = await runStudy({ study: file, set, out: join(folder, 'out'), jobs: 2 });
  assert.deepEqual(failed, []);
  assert.deepEqual(
    summary.cells.map(({ best }) => best?.lr),
    [0.5, 0.02],
  );
});

test('ranges, nested parameters, no command: W&B’s defaults', () => {
  const { text, notes } = fromSweep(
    {
      program: 'train.py',
      parameters: {
        lr: { distribution: 'log_uniform_values', min: 1e-4, max: 1e-1 },
        adam: { parameters: { beta2: { min: 0.9, max: 0.99 } } },
        train: { parameters: { optimizer: { value: 'adamw' } } },
        compile: { value: true },
      },
    },
    'x',
  );
  const { trainer, optimizers } = parse(text);
  assert.deepEqual(trainer.command, ['${env}', '${interpreter}', '${program}', '${args}']);
  assert.deepEqual(optimizers, {
    adamw: {
      args: { 'train.optimizer': 'adamw', compile: true },
      axes: { 'adam.beta2': [0.9, 0.945, 0.99] },
      lr: 0.0032,
    },
  });
  assert.ok(
    notes.some((note) => /no batch size/.test(note)) && notes.some((note) => /no number of steps/.test(note)),
  );
});

test('what no study can stand for is refused in one line', () => {
  assert.throws(
    () => fromSweep({ ...sweep, metric: { name: 'acc', goal: 'maximize' } }, 'x'),
    /the sweep maximizes acc/,
  );
  assert.throws(() => fromSweep({ a: 1 }, 'x'), /no W&B sweep/);
  assert.throws(() => fromSweep({ parameters: {} }, 'x'), /nothing to start/);
  assert.throws(
    () => fromSweep({ program: 'x', parameters: { a: { distribution: 'q' } } }, 'x'),
    /parameter a: neither/,
  );
});
