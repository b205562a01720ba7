import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { program } from './program.testing.ts';

const { home: dir, gaplab } = program('import');
const runs = join(dir, 'runs.csv');
writeFileSync(
  runs,
  'name,optim,lr,bs,steps,val_loss,dropout\na,sgd,0.1,8,100,3.5,0\nb,sgd,0.2,8,100,3.4,0.1\nc,sgd,,8,100,3.4,0\n',
);

test('without --out it says what it reads, lists what it does not use, and writes nothing', () => {
  const { stdout, status, stderr } = gaplab('runs.csv');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /3 runs in tables of runs \(CSV\)\. Names, as guessed:/);
  assert.match(stdout, /^valLoss: val_loss +#/m);
  assert.match(stdout, /Not mapped, and not the same in all runs: name, dropout\./);
  assert.match(stdout, /c: left out, no learning rate above 0 \(lr\)/);
  assert.match(stdout, /Nothing was written/);
});

test('a mapping is saved, corrected and used; a file that is there is not replaced', () => {
  assert.equal(gaplab('runs.csv', '--save-mapping', 'names.yaml').status, 0);
  const again = gaplab('runs.csv', '--save-mapping', 'names.yaml');
  assert.deepEqual([again.status, /is there already/.test(again.stderr)], [2, true]);
  writeFileSync(
    join(dir, 'names.yaml'),
    `${readFileSync(join(dir, 'names.yaml'), 'utf8')}hyper: {dropout: dropout}\n`,
  );
  const made = gaplab('runs.csv', '--mapping', 'names.yaml', '--out', 'studies/theirs', '--json');
  assert.equal(made.status, 0, made.stderr);
  const { done, left, kind, out } = made.json();
  assert.deepEqual({ done, kind, left: left.length }, { done: 2, kind: 'csv', left: 1 });
  assert.ok(existsSync(join(out, 'study.json')));
});

test('wrong usage is one line and exit code 2', () => {
  writeFileSync(join(dir, 'bad.yaml'), 'learningRate: lr\n');
  writeFileSync(join(dir, 'curve.csv'), 'run,step,lr,bs,optim,val_loss\na,1,0.1,8,sgd,4\na,2,0.1,8,sgd,3\n');
  for (const [args, words] of [
    [['nowhere'], /cannot read nowhere: no such file/],
    [['runs.csv', '--mapping', 'bad.yaml'], /there is no field "learningRate"/],
    [['runs.csv', '--loss', 'last'], /must be final, best, or mean:SHARE/],
    [['curve.csv', '--out', 'x'], /say which one counts with --loss final/],
    [['runs.csv', '--kind', 'wandb'], /holds no runs of the kind wandb/],
  ] as [string[], RegExp][]) {
    const { status, stderr } = gaplab(...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replace(/\s+/g, ' '), words);
  }
});
