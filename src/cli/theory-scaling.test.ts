// Curves measured on a language model beside the simulation of `gaplab theory scaling`.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home, gaplab } = program('theory');

const small = { scaling: ['--paths', '64', '--repetitions', '2', '--batch-sizes', '1..64'] };

test('theory scaling: the points of the table are those of the result', () => {
  const { stdout } = gaplab('scaling', ...small.scaling, '--json', '--out', 'points');
  const { rows } = JSON.parse(stdout);
  const lines = readFileSync(join(home, 'points/tables/progress.csv'), 'utf8').trim().split('\r\n').slice(1);
  assert.deepEqual(
    lines.map((line) => line.split(',').slice(1, 3).map(Number)),
    rows.map((row: { batchSize: number; progress: number }) => [row.batchSize, row.progress]),
  );
});

test('theory scaling --measured: the curve of a language model beside the simulation, with its own exponent', () => {
  const rows = [1, 4, 16, 64].flatMap((size) => [`adam,${size},${2 * Math.sqrt(size)},x`, `sgd,${size},3,x`]);
  writeFileSync(join(home, 'measured.csv'), `optimizer,batchSize,progress,other\n${rows.join('\n')}\n`);
  const { status, stdout } = gaplab(
    'scaling',
    ...small.scaling,
    '--measured',
    'measured.csv',
    '--fit-to',
    '16',
    '--json',
  );
  assert.equal(status, 0);
  const { measuredFits } = JSON.parse(stdout);
  const adam = measuredFits.find((one: { optimizer: string }) => one.optimizer === 'adam').fit;
  assert.ok(Math.abs(adam.exponent - 0.5) < 1e-9 && adam.to === 16);
  assert.match(
    readFileSync(join(home, 'theory/scaling/tables/progress.csv'), 'utf8'),
    /"measured, relative to the smallest batch",SGD,64,1,/,
  );
});

test('theory scaling --measured: CSV as programs write it; seeds are names; what is set aside is named', () => {
  const sizes = [1, 2, 4, 8];
  const seeds = { s1: 0.9, s2: 1.1, 'a, b': 1 };
  const rows = Object.entries(seeds).flatMap(([seed, factor]) =>
    sizes.map((size) => `"adam",${size},"${factor * size ** (0.5 + 0.1 * (factor - 1))}","${seed}"`),
  );
  const text = [
    '\ufeff"optimizer","batchSize","progress","seed"',
    ...rows,
    rows[3],
    'adam,16,diverged,s1',
    'adam,none,3,s1',
    'adam,8,3,',
  ];
  writeFileSync(join(home, 'quoted.csv'), `${text.join('\r\n')}\r\n`);
  const { status, stdout, stderr } = gaplab(
    'scaling',
    ...small.scaling,
    '--measured',
    'quoted.csv',
    '--json',
  );
  assert.equal(status, 0, stderr);
  const { measured, measuredFits, caveats } = JSON.parse(stdout);
  assert.equal(measured.length, 12);
  const [{ fit }] = measuredFits;
  assert.ok(Math.abs(fit.exponent - 0.5) < 1e-9);
  // Slopes 0.49, 0.51 and 0.5: half a width of t95(2) 0.01 / sqrt(3). As one seed they would have had none.
  assert.ok(Math.abs(fit.ci95[1] - fit.exponent - (4.302653 * 0.01) / Math.sqrt(3)) < 1e-6);
  assert.equal(
    caveats.find((text: string) => text.startsWith('Set aside')),
    'Set aside of what was measured: 4 rows, line 14 (line 5 once more); line 15 ("diverged" is no progress); line 16 ("none" is no batch size); line 17 (no seed).',
  );
  // A seed without one batch size is named, and not in the fit.
  writeFileSync(join(home, 'gap.csv'), `${[text[0], ...rows.slice(1)].join('\n')}\n`);
  const lacking = JSON.parse(gaplab('scaling', ...small.scaling, '--measured', 'gap.csv', '--json').stdout);
  assert.match(lacking.caveats.at(-1), /Lacking: progress of seed s1 at batch size 1 \(Adam\)\./);
});

/**
 * A study of SGD and SignSGD whose runs lose B^0 and B^(1/2) after their first validation, if they have one.
 */
function studyOfProgress(name: string, validated: boolean): string {
  const dir = join(home, name);
  const { adam: arm } = reportedStudy().optimizers;
  const of = (optimizer: string, lr: number) => ({
    ...arm,
    optimizer,
    hyper: {},
    lr: { kind: 'grid' as const, values: [lr] },
  });
  const study = reportedStudy({
    ...{ name, tokens: [], steps: [20], batchSizes: [1, 4, 16], baseline: 'signsgd', challenger: 'sgd' },
    optimizers: { sgd: of('sgd', 0.01), signsgd: of('signsgd', 1e-4) },
  });
  writeStudyDir(dir, study, ({ point: { optimizer, batchSize, seed } }) => ({
    valLoss: 7 - 1e-3 * batchSize ** (optimizer === 'sgd' ? 0 : 0.5) * (1 + 0.01 * seed),
  }));
  if (validated)
    for (const run of readdirSync(join(dir, 'runs')))
      writeFileSync(
        join(dir, 'runs', run, 'attempt-1/metrics.jsonl'),
        `${JSON.stringify({ step: 4, tokens: 256, loss: 7, valLoss: 7 })}\n`,
      );
  return dir;
}

test('theory scaling --measured: a directory of a study, its exponents over seeds', () => {
  const dir = studyOfProgress('progress', true);
  const { status, stdout, stderr } = gaplab('scaling', ...small.scaling, '--measured', dir, '--json');
  assert.equal(status, 0, stderr);
  const { measured, measuredFits, predicted, answer } = JSON.parse(stdout);
  // Two arms, three batch sizes, the tuning seed and three fresh ones: with one
  // learning rate no seed has chosen it.
  assert.equal(measured.length, 2 * 3 * 4);
  for (const [i, exponent] of [0, 0.5].entries()) {
    assert.ok(Math.abs(measuredFits[i].fit.exponent - exponent) < 1e-6);
    assert.equal(measuredFits[i].fit.ci95.length, 2);
  }
  assert.deepEqual(predicted, []);
  const blind = gaplab('scaling', '--measured', studyOfProgress('blind', false));
  assert.equal(blind.status, 2);
  assert.match(blind.stderr, /no finished run has a validation loss before its end; set eval\.every/);
  assert.match(answer.at(-1), /SignSGD, measured: B to the power 0\.500 .* for batch sizes 1 to 16/);
});
