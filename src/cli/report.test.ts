import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home: dir, gaplab: report } = program('report');

test('gaplab report writes the report of a study, tells where, and answers in JSON', () => {
  const study = reportedStudy({ batchSizes: [1, 16] });
  const optimum = { adam: 0.001, sgd: 0.03 };
  writeStudyDir(dir, study, ({ point }) => {
    return { valLoss: 3.4 + 0.1 * Math.log2(point.lr / optimum[point.optimizer as 'adam' | 'sgd']) ** 2 };
  });
  const text = report(dir);
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /At batch size 16 tuned SGD and Adam are level: their means are equal/);
  assert.match(text.stdout, /Report: .*report\.html \(5 figures, 6 tables/);
  assert.ok(existsSync(join(dir, 'report.html')));
  const json = report(dir, '--json');
  const answer = JSON.parse(json.stdout.trim().split('\n').at(-1)!);
  assert.equal(answer.html, join(dir, 'report.html'));
  assert.deepEqual(answer.gaps, JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')).gaps);
});

test('a directory without a study is one clear line and exit code 2', () => {
  const { status, stderr, stdout } = report(join(dir, 'runs'));
  assert.equal(status, 2);
  assert.match(stderr, /^gaplab: .*holds no study.*\n$/);
  assert.equal(stdout, '');
});
