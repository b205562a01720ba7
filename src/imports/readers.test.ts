// Every format, recorded from the tool itself: the whole sweep comes out, its losses right,
// its diverged run told from its failed one.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { applyMapping } from './apply.ts';
import { sweep, sweepLoss, unpacked } from './fixtures.testing.ts';
import { guessMapping } from './guess.ts';
import { readRuns } from './registry.ts';

/**
 * Fixture, place in it, kind, tolerance of the loss (float32 in event files), whether
 * it holds the run that crashed.
 */
const formats: [string, string, string, number, boolean][] = [
  ['wandb', '', 'wandb', 0, true],
  ['tensorboard', '', 'tensorboard', 1e-6, false],
  ['mlflow_sqlite', '', 'mlflow', 0, true],
  ['mlflow_files', '', 'mlflow-files', 0, true],
  ['optuna_sqlite', '', 'optuna', 0, true],
  ['optuna_journal', '', 'optuna-journal', 0, true],
  ['trackio', 'sqlite', 'trackio', 0, false],
  ['trackio', 'jsonl', 'trackio-fragments', 0, false],
  ['tables', 'runs.csv', 'csv', 0, true],
  ['tables', 'history.parquet', 'parquet', 0, false],
];

for (const [fixture, place, kind, tolerance, crashed] of formats)
  test(`${kind}: the recorded sweep is read whole`, async () => {
    const { reader, runs: foreign } = await readRuns(join(unpacked(fixture, after), place));
    assert.equal(reader.kind, kind);
    const { runs, left } = applyMapping(foreign, { ...guessMapping(foreign), take: 'final' });
    assert.equal(runs.length, sweep.length);
    for (const [optimizer, batchSize, lr] of sweep) {
      const run = runs.find(
        (one) => one.optimizer === optimizer && one.batchSize === batchSize && one.lr === lr,
      );
      assert.ok(run, `${optimizer} ${batchSize} ${lr}`);
      const expected = sweepLoss(optimizer, batchSize, lr);
      assert.equal(run.status, expected === null ? 'diverged' : 'done', `${run.name}: ${run.reason}`);
      assert.equal(run.seed, 1);
      assert.equal(run.steps, 20);
      if (expected === null) assert.equal(run.valLoss, null);
      else
        assert.ok(
          Math.abs(run.valLoss! - expected) <= tolerance + 1e-12,
          `${run.valLoss} is not ${expected}`,
        );
    }
    // The run that crashed was tried again with success: it is listed, not counted.
    assert.deepEqual(
      left.map(({ why }) => /^failed \(.*\), and /.test(why)),
      crashed ? [true] : [],
    );
  });

test("Hugging Face's Trainer: the newest checkpoint counts, and a loss of 0 beside a NaN gradient is diverged", async () => {
  const { reader, runs: foreign } = await readRuns(unpacked('transformers', after));
  assert.equal(reader.kind, 'hf-trainer');
  assert.equal(foreign.length, 3);
  const late = foreign.find(({ config }) => config.learning_rate === 1e38)!;
  assert.deepEqual([late.series.loss.values.at(-1), late.series.grad_norm.values.at(-1)], [0, Number.NaN]);
  // Even the training loss alone, which looks best of all, is not taken for a result.
  const mapping = {
    ...guessMapping(foreign),
    optimizer: { value: 'sgd' },
    valLoss: 'loss',
    take: 'final' as const,
  };
  const { runs } = applyMapping(foreign, mapping);
  assert.deepEqual(
    runs.map(({ lr, status }) => [lr, status]),
    [
      [0.01, 'done'],
      [0.1, 'done'],
      [1e38, 'diverged'],
    ],
  );
  assert.equal(runs[0].valLoss, 1.6516989469528198);
});

test('Lightning: hyperparameters stand beside the sparse table', async () => {
  const { reader, runs: foreign } = await readRuns(unpacked('lightning', after));
  assert.equal(reader.kind, 'lightning');
  const { runs } = applyMapping(foreign, { ...guessMapping(foreign), take: 'final' });
  assert.deepEqual(
    runs.map(({ lr, seed, optimizer, status, valLoss }) => [lr, seed, optimizer, status, valLoss]),
    [
      [0.01, 1, 'sgd', 'done', 1.5001550912857056],
      [0.1, 1, 'sgd', 'done', 1.040024757385254],
      [1e38, 1, 'sgd', 'diverged', null],
    ],
  );
});

test('a folder of several kinds is not guessed at', async () => {
  const dir = unpacked('tables', after);
  await assert.rejects(readRuns(dir), /several kinds: parquet .*, csv .*; choose one with --kind/);
  assert.equal((await readRuns(dir, 'parquet')).runs.length, 13);
  await assert.rejects(readRuns(dir, 'parqet'), /unknown --kind "parqet"; did you mean parquet\?/);
});

test('logs that a trainer leaves below its run are no runs of their own, from whatever folder it is read', async () => {
  const run = join(unpacked('transformers', after), 'lr0.1');
  cpSync(unpacked('tensorboard', after), join(run, 'runs'), { recursive: true });
  const here = process.cwd();
  process.chdir(run);
  try {
    for (const source of [run, '.']) {
      const { reader, runs } = await readRuns(source);
      assert.deepEqual([reader.kind, runs.length], ['hf-trainer', 1], source);
    }
  } finally {
    process.chdir(here);
  }
});

test('what holds no runs is one line', async () => {
  const dir = unpacked('lightning', after);
  const file = join(dir, 'letter.txt');
  writeFileSync(file, 'Dear reader,\n');
  await assert.rejects(readRuns(file), /holds no runs in a format that is known here \(1 file seen\)/);
  await assert.rejects(readRuns(join(dir, 'nowhere')), /cannot read .*: no such file or folder/);
});
