// `gaplab probe` as its users meet it: at a finished run, at a checkpoint, with what was recorded,
// and what it refuses.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { MANIFEST } from '../files/manifest.ts';
import { cli, program, smallCorpus } from './program.testing.ts';

const { home: temporary, env, gaplab } = program();
const corpus = smallCorpus(temporary);
const run = join(temporary, 'run');

before(() => {
  const shape = [
    '--model',
    'tiny',
    '--corpus',
    corpus,
    '--vocab-size',
    '280',
    '--set',
    'dim=8',
    '--set',
    'ffnDim=8',
  ];
  const budget = ['--eval-tokens', '128', '--batch-size', '4', '--steps', '30', '--out', run];
  const probes = ['--probe', 'imbalance,geometry', '--probe-every', '15'];
  const { status, stderr } = gaplab('train', ...shape, ...budget, ...probes);
  assert.equal(status, 0, stderr);
});

test('what was recorded while training, as JSON, CSV and figures', () => {
  const { status, stdout, stderr } = gaplab('probe', run, '--probe', 'imbalance', '--recorded', '--json');
  assert.equal(status, 0, stderr);
  const { out, files, measurements } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  assert.equal(out, join(run, 'probes'));
  assert.deepEqual(
    measurements.map(({ step, tokens }: Record<string, number>) => [step, tokens]),
    [0, 15, 30].map((step) => [step, step * 4 * 32]),
  );
  for (const file of files) assert.ok(existsSync(file), file);
  assert.deepEqual(readdirSync(out).sort(), [
    MANIFEST,
    'imbalance-curves.svg',
    'imbalance-groups.csv',
    'imbalance-groups.svg',
    'imbalance.json',
  ]);
  const rows = readFileSync(join(out, 'imbalance-groups.csv'), 'utf8').trim().split('\r\n');
  assert.equal(
    rows[0],
    'run,optimizer,batchSize,lr,seed,step,tokens,group,distinct,share,samples,loss,lossError',
  );
  assert.equal(rows.length, 1 + 3 * 10);
});

test('measured at the checkpoint: the recorded line of that step is replaced, others are kept', () => {
  const out = join(temporary, 'out');
  const flags = ['--set', 'batches=2', '--optimizers', 'sgd,adam', '--out', out];
  const { status, stdout, stderr } = gaplab('probe', run, '--probe', 'geometry', ...flags);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /geometry: adam at batch 4, after 30 steps/);
  assert.match(stdout, /direction +cosine +signAgreement +topShare\nupdate +1 +1/);
  const { measurements } = JSON.parse(readFileSync(join(out, 'geometry.json'), 'utf8'));
  assert.deepEqual(
    measurements.map(({ step }: { step: number }) => step),
    [0, 15, 30],
  );
  assert.deepEqual(
    measurements[2].tables.directions.map(({ direction }: { direction: string }) => direction),
    ['update', 'sgd', 'adam', '-gradient'],
  );
});

test('what was measured stays when the checkpoint is gone; a file of somebody else is not replaced', () => {
  const out = join(temporary, 'kept');
  const flags = ['--probe', 'geometry', '--set', 'batches=2', '--optimizers', 'sgd', '--out', out];
  const copy = join(temporary, 'moved');
  cpSync(run, copy, { recursive: true });
  rmSync(join(copy, 'attempt-1', 'probes.jsonl'), { force: true });
  assert.equal(gaplab('probe', copy, ...flags).status, 0);
  const measured = readFileSync(join(out, 'geometry.json'), 'utf8');
  const figure = readFileSync(join(out, 'geometry-cosines.svg'), 'utf8');
  rmSync(join(copy, 'attempt-1', 'checkpoint.safetensors'));
  const again = gaplab('probe', copy, ...flags);
  assert.equal(again.status, 0, again.stderr);
  assert.equal(readFileSync(join(out, 'geometry.json'), 'utf8'), measured);
  assert.equal(readFileSync(join(out, 'geometry-cosines.svg'), 'utf8'), figure);
  writeFileSync(join(out, 'geometry.json'), '{"mine": 1}');
  const refused = gaplab('probe', run, ...flags);
  assert.deepEqual([refused.status, refused.stdout], [2, '']);
  assert.match(
    refused.stderr,
    /^gaplab: \S+geometry\.json was changed since gaplab wrote it, so it is not replaced/,
  );
  assert.equal(readFileSync(join(out, 'geometry.json'), 'utf8'), '{"mine": 1}');
});

test('every probe at a checkpoint file', () => {
  const out = join(temporary, 'all');
  const checkpoint = join(run, 'attempt-1/checkpoint.safetensors');
  const small = ['sequences=4', 'batches=2', 'steps=4', 'samples=8', 'coordinates=4'];
  const flags = small.flatMap((one) => ['--set', one]);
  const { status, stderr } = gaplab('probe', checkpoint, '--probe', 'all', ...flags, '--out', out);
  assert.equal(status, 0, stderr);
  for (const name of ['imbalance', 'sharpness', 'hessian', 'noise', 'geometry'])
    assert.ok(existsSync(join(out, `${name}.json`)), name);
  for (const name of [
    'hessian-spectrum',
    'hessian-distances',
    'noise-variance',
    'noise-drift',
    'sharpness-terms',
  ])
    assert.match(readFileSync(join(out, `${name}.svg`), 'utf8'), /<svg .*<\/svg>/s, name);
});

test('what cannot be is told in one line, exit code 2', () => {
  const refused = (args: string[], text: RegExp) => {
    const { status, stdout, stderr } = gaplab('probe', ...args);
    assert.deepEqual([status, stdout], [2, ''], stderr);
    assert.match(stderr, text);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  };
  refused([run], /--probe <names>/);
  refused(['--probe', 'noise'], /missing required argument 'run'/);
  refused([run, '--probe', 'hessain'], /did you mean "hessian"/);
  refused([run, '--probe', 'noise', '--set', 'samples=3'], /power of two/);
  refused(
    [run, '--probe', 'noise', '--set', 'groups=3'],
    /noise has no option "groups"; choose from samples/,
  );
  refused([run, '--probe', 'geometry', '--optimizers', 'adan'], /unknown optimizer "adan"/);
  refused([join(temporary, 'none'), '--probe', 'noise'], /does not exist/);
  refused([temporary, '--probe', 'noise'], /holds no run/);
  refused([corpus, '--probe', 'noise'], /no config.json/);
  refused([run, '--probe', 'noise', '--recorded'], /recorded nothing of this/);
  const empty = join(temporary, 'empty');
  mkdirSync(empty);
  writeFileSync(join(empty, 'config.json'), readFileSync(join(run, 'config.json')));
  refused([empty, '--probe', 'noise'], /no checkpoint/);
  const broken = join(empty, 'checkpoint.safetensors');
  writeFileSync(broken, 'no checkpoint');
  refused([broken, '--probe', 'noise'], /use another checkpoint/);
});

test('help names every probe and its options', () => {
  const { status, stdout } = gaplab('probe', '--help');
  assert.equal(status, 0);
  for (const text of [
    'Examples:',
    'imbalance:',
    'sharpness:',
    'hessian:',
    'noise:',
    'geometry:',
    'samples (256)',
  ])
    assert.ok(stdout.includes(text), text);
});

test('Ctrl-C ends it with 130, and what was measured is kept', async () => {
  const out = join(temporary, 'stopped');
  const flags = ['--set', 'samples=1048576', '--set', 'coordinates=1', '--out', out];
  const child = spawn(process.execPath, [cli, 'probe', run, '--probe', 'imbalance,noise', ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const ended = new Promise<number | null>((done) => child.on('exit', (code) => done(code)));
  for (let i = 0; i < 600 && !existsSync(join(out, 'imbalance.json')); i++) await setTimeout(50);
  child.kill('SIGINT');
  assert.equal(await ended, 130, said);
  assert.ok(existsSync(join(out, 'imbalance.json')));
});
