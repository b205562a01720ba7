// A script goes on with imported runs: only what they lack is run, and nothing of theirs is lost.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { applyMapping } from '../imports/apply.ts';
import { guessMapping } from '../imports/guess.ts';
import type { Mapping } from '../imports/mapping.ts';
import { readRuns } from '../imports/registry.ts';
import { writeImportedStudy } from '../imports/write-study.ts';
import { loadStudyDir } from '../report/load.ts';
import { summarizeStudy } from '../report/summary.ts';
import { importedIds } from './continued.ts';
import { executeStudy } from './run.ts';
import type { StudyInput } from './schema.ts';
import { type StudyChange, scriptStudy } from './script.testing.ts';
import { readState } from './state.ts';

const home = mkdtempSync(join(tmpdir(), 'gaplab-continued-'));
after(() => rmSync(home, { recursive: true, force: true }));

/** The bowl of the script (script.testing.ts) at batch size 1: best at 0.5 and at 0.02. */
const loss = (arm: string, lr: number) => 2 + 0.05 * Math.log2(lr / (arm === 'sgd' ? 0.5 : 0.02)) ** 2;

async function imported(name: string, runs: readonly [arm: string, lr: number, loss?: number][]) {
  const file = join(home, `${name}.csv`);
  const rows = runs.map(
    ([arm, lr, own]) => `${arm},${lr},${arm === 'sgd' ? 0.9 : ''},1,20,1,${own ?? loss(arm, lr)}`,
  );
  writeFileSync(file, `optimizer,lr,momentum,batch_size,steps,seed,val_loss\n${rows.join('\n')}\n`);
  const { reader, runs: foreign } = await readRuns(file);
  const mapping: Mapping = { ...guessMapping(foreign), hyper: { momentum: 'momentum' } };
  const out = join(home, name);
  const facts = { name, source: file, kind: reader.kind, mapping };
  await writeImportedStudy(out, applyMapping(foreign, mapping), facts, () => {});
  return out;
}

function file(change: StudyChange = {}): StudyInput {
  const { folder, study } = scriptStudy({
    ...{ steps: undefined, tokens: 20, batchSizes: [1], seeds: { tune: 1, fresh: 2 } },
    trainer: { tokensPerSequence: 1 },
    ...change,
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return study;
}

const rates = (dir: string, arm: string) =>
  readState(dir)
    .plan.cells.filter(({ optimizer }) => optimizer === arm)
    .flatMap(({ runs }) => runs)
    .filter(({ point }) => point.seed === 1)
    .map(({ point }) => point.lr)
    .sort((a, b) => a - b);

test('rates beyond the edge and fresh seeds are run, by the script; imported runs count and stay', async () => {
  const out = await imported('edge', [
    ['sgd', 0.125],
    ['sgd', 0.25],
    ['adam', 0.01],
    ['adam', 0.02],
    ['adam', 0.04],
  ]);
  assert.deepEqual(
    readState(out).plan.cells.map(({ optimizer, bracketed }) => [optimizer, bracketed]),
    [
      ['sgd', false],
      ['adam', true],
    ],
  );
  const asked = file();
  const { ran, failed } = await executeStudy({ study: asked, out, jobs: 2 });
  assert.deepEqual(failed, []);
  // SGD at 0.5 and 1, and two fresh seeds of each winner.
  assert.equal(ran, 6);
  assert.deepEqual(rates(out, 'sgd'), [0.125, 0.25, 0.5, 1]);
  assert.deepEqual(rates(out, 'adam'), [0.01, 0.02, 0.04]);
  const { study, plan } = readState(out);
  assert.ok(plan.done && plan.cells.every(({ bracketed }) => bracketed));
  assert.equal(study.name, 'edge');
  assert.equal(study.imported!.runs.length, 5);
  const loaded = loadStudyDir(out);
  assert.deepEqual(
    loaded.rows
      .filter(({ optimizer, lr }) => optimizer === 'adam' && lr === 0.01)
      .map(({ valLoss }) => valLoss),
    [loss('adam', 0.01)],
  );
  // Seeds of other programs do not pair with one's own.
  const [gap] = summarizeStudy(loaded).gaps;
  assert.deepEqual([gap.method, gap.seeds], ['welch-t', 2]);
  // The same command again has nothing to do.
  const before = readFileSync(join(out, 'study.json'), 'utf8');
  assert.equal((await executeStudy({ study: asked, out, jobs: 2 })).ran, 0);
  assert.equal(readFileSync(join(out, 'study.json'), 'utf8'), before);
});

test('the search goes on from the best imported rate, wherever that lies', async () => {
  const out = await imported('between', [
    ['sgd', 0.15],
    ['sgd', 0.3],
    ['adam', 0.01],
    ['adam', 0.02],
    ['adam', 0.04],
  ]);
  await executeStudy({ study: file({ seeds: { tune: 1, fresh: 1 } }), out, jobs: 2 });
  assert.deepEqual(rates(out, 'sgd'), [0.15, 0.3, 0.6, 1.2]);
});

test('a run that failed elsewhere is run here', async () => {
  const out = await imported('failed', [
    ['sgd', 0.25],
    ['sgd', 0.5],
    ['sgd', 1, 0],
    ['adam', 0.01],
    ['adam', 0.02],
    ['adam', 0.04],
  ]);
  const { ran } = await executeStudy({ study: file({ seeds: { tune: 1, fresh: 1 } }), out, jobs: 2 });
  assert.equal(ran, 3);
  assert.deepEqual(rates(out, 'sgd'), [0.25, 0.5, 1, 1]);
});

test('batch sizes of the file that nobody has run are tuned by the script, beside the imported ones', async () => {
  const out = await imported('wider', [
    ['sgd', 0.25],
    ['sgd', 0.5],
    ['sgd', 1],
    ['adam', 0.01],
    ['adam', 0.02],
    ['adam', 0.04],
  ]);
  const { failed } = await executeStudy({ study: file({ batchSizes: [2] }), out, jobs: 2 });
  assert.deepEqual(failed, []);
  const { study, plan } = readState(out);
  assert.deepEqual(study.batchSizes, [1, 2]);
  assert.deepEqual(
    plan.cells.map(({ optimizer, batchSize, bracketed }) => [optimizer, batchSize, bracketed]).sort(),
    [
      ['adam', 1, true],
      ['adam', 2, true],
      ['sgd', 1, true],
      ['sgd', 2, true],
    ],
  );
  // All that was imported is there, and only its winners have fresh seeds.
  assert.equal(loadStudyDir(out).rows.filter(({ batchSize }) => batchSize === 1).length, 6 + 2 * 2);
  const gaps = summarizeStudy(loadStudyDir(out)).gaps;
  assert.deepEqual(
    gaps.map(({ batchSize, seeds }) => [batchSize, seeds]),
    [
      [1, 2],
      [2, 2],
    ],
  );
});

test('without a script there is nothing that could add runs, and it is said before anything is prepared', async () => {
  const out = await imported('alone', [['sgd', 0.25]]);
  await assert.rejects(
    executeStudy({ study: 'smoke', out }),
    /holds imported runs: only a study file with a trainer/,
  );
});

test('what does not fit together is one line', async () => {
  const out = await imported('other', [
    ['sgd', 0.25],
    ['adam', 0.02],
  ]);
  for (const [change, words] of [
    [{ tokens: 40 }, /their budget is tokens: \[20\]/],
    [{ optimizers: { adam: { args: { opt: 'adam' }, lr: 0.02 } } }, /it has no optimizer sgd/],
    [
      {
        optimizers: {
          sgd: { args: { opt: 'sgd' }, lr: 0.5 },
          adam: { args: { opt: 'adam' }, lr: 0.02 },
        },
      },
      /sgd has the hyperparameters none there and momentum in the import/,
    ],
    [{ trainer: { tokensPerSequence: 2 } }, /they have 1 tokens a sequence/],
  ] as [StudyChange, RegExp][])
    await assert.rejects(executeStudy({ study: file(change), out }), words);
  assert.equal(readState(out).study.imported!.trainer, undefined);
});

test('imported runs that differ in the name of a hyperparameter alone are different runs', async () => {
  const { study } = readState(await imported('names', [['sgd', 0.25]]));
  const [run] = study.imported!.runs;
  const runs = ['beta1', 'beta2'].map((name) => ({ ...run, hyper: { [name]: 0.9 } }));
  const goesOn = { ...study.imported!, runs, trainer: study.trainer };
  assert.equal(importedIds({ ...study, imported: goesOn }).size, 2);
});
