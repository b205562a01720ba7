// The command `claims` as a user calls it, on a study that has not run yet.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { summarize } from '../report/index.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home: root, gaplab } = program();

test('the ledger of a study without runs is open; a place without studies is one line, exit code 2', () => {
  writeStudyDir(
    join(root, 'studies', 'clipping'),
    reportedStudy({ name: 'clipping', experiment: 'clipping', size: 'mini' }),
    () => 'missing',
  );
  const { status, stdout, stderr } = gaplab('claims', 'studies', '--markdown', 'out/results.md', '--json');
  assert.equal(status, 0, stderr);
  const { claims, open } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  assert.deepEqual(
    claims.map((claim: Record<string, unknown>) => [claim.id, claim.verdict, claim.size, claim.effect]),
    [['clipping-needed', 'inconclusive', 'mini', null]],
  );
  assert.ok(open.length > 10 && existsSync(join(root, 'out', 'results.md')));
  const bad = gaplab('claims', 'nothing');
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /^gaplab: .*nothing holds no study .*\n$/);
  assert.match(gaplab('claims', '--help').stdout, /Examples:\n/);
});

test('of a study of no experiment it says what the report says', async () => {
  const dir = join(root, 'quick');
  writeStudyDir(dir, reportedStudy({ name: 'mine' }), ({ point }) => ({
    valLoss:
      3 +
      0.1 * Math.log2(point.lr / (point.optimizer === 'sgd' ? 0.03 : 0.001)) ** 2 +
      (point.optimizer === 'sgd' ? 0.1 * Math.log2(point.batchSize) : 0) +
      0.001 * Math.sin(5 * point.seed * point.lr),
  }));
  const { claims } = await summarize(dir);
  const { status, stdout, stderr } = gaplab('claims', dir);
  assert.equal(status, 0, stderr);
  assert.equal(claims.length, 3);
  for (const { text, verdict, evidence } of claims)
    assert.ok(stdout.includes(`${verdict}: ${text} (mine)\n  ${evidence}\n`), text);
  assert.doesNotMatch(stdout, /Not run|written down/);
  const json = JSON.parse(gaplab('claims', dir, '--json').stdout.trim().split('\n').at(-1)!);
  assert.deepEqual(
    json.tests.map((one: Record<string, unknown>) => one.verdict),
    claims.map(({ verdict }) => verdict),
  );
});

test('--ledger keeps verdicts without their runs, and adds to them', () => {
  const measured = join(root, 'measured');
  writeStudyDir(
    measured,
    reportedStudy({ name: 'measured', experiment: 'gap-batch', size: 'mini' }),
    ({ point: { lr, optimizer, batchSize, seed } }) => ({
      valLoss:
        3 +
        0.1 * Math.log2(lr / (optimizer === 'sgd' ? 0.03 : 0.001)) ** 2 +
        (optimizer === 'sgd' ? (0.3 + 0.001 * seed) * Math.log2(batchSize) : 0),
    }),
  );
  const first = gaplab('claims', measured, '--ledger', 'kept/ledger.json');
  assert.match(first.stdout, /\nsupported: At equal tokens the gap is larger/);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /Kept: kept\/ledger\.json, 1 study\n/);
  const grafting = join(root, 'grafting');
  writeStudyDir(
    grafting,
    reportedStudy({ name: 'grafting', experiment: 'grafting', size: 'mini' }),
    () => 'missing',
  );
  const both = gaplab('claims', grafting, '--ledger', 'kept/ledger.json', '--json');
  const { claims } = JSON.parse(both.stdout.trim().split('\n').at(-1)!);
  assert.deepEqual(
    claims.map(({ study, dir }: Record<string, unknown>) => [study, dir]),
    [
      ['measured', null],
      ['measured', null],
      ['grafting', grafting],
    ],
  );
  const file = join(root, 'kept', 'ledger.json');
  const text = readFileSync(file, 'utf8');
  // A stricter rule is for once, and not kept.
  const alone = gaplab('claims', '--ledger', 'kept/ledger.json', '--significance', '1e-12');
  assert.doesNotMatch(alone.stdout, /\nsupported:/);
  assert.match(alone.stdout, /Kept: kept\/ledger\.json, 2 studies\n/);
  assert.equal(readFileSync(file, 'utf8'), text);
  const nothing = gaplab('claims');
  assert.equal(nothing.status, 2);
  assert.match(nothing.stderr, /^gaplab: give directories of studies, or --ledger FILE .*\n$/);
});
