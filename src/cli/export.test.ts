import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home: dir, gaplab } = program('export');
const made = join(dir, 'study');
writeStudyDir(made, reportedStudy({ batchSizes: [1] }), ({ point: { lr } }) => ({
  valLoss: 3.4 + Math.log2(lr / 0.01) ** 2,
}));

test('an export is written into the study, again over itself, and never over a file of somebody else', () => {
  const first = gaplab(made, '--to', 'csv', '--json');
  assert.equal(first.status, 0, first.stderr);
  const { files } = first.json();
  assert.deepEqual(files, [join(made, 'exports/csv/runs.csv'), join(made, 'exports/csv/measurements.csv')]);
  assert.equal(gaplab(made, '--to', 'csv').status, 0);
  writeFileSync(join(made, 'exports/csv/runs.csv'), 'mine');
  const refused = gaplab(made, '--to', 'csv');
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr.replace(/\s+/g, ' '),
    /was changed since gaplab wrote it, so it is not replaced/,
  );
});

test('a format that is not known, and a folder without a study, are one line', () => {
  assert.match(gaplab(made, '--to', 'excel').stderr, /Allowed choices are parquet, csv/);
  assert.match(gaplab(dir, '--to', 'csv').stderr, /holds no study/);
  assert.ok(!existsSync(join(dir, 'exports')));
});
