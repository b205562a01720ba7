import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home: dir, gaplab } = program('figures');
const made = join(dir, 'study');
writeStudyDir(made, reportedStudy({ batchSizes: [1, 4] }), ({ point: { lr } }) => ({
  valLoss: 3.4 + Math.log2(lr / 0.01) ** 2,
}));

test('figures are written into the study, again over themselves, and never over a file of somebody else', () => {
  const first = gaplab(made, '--json');
  assert.equal(first.status, 0, first.stderr);
  const { figures, files, mm } = first.json();
  assert.equal(mm, 85);
  assert.deepEqual(figures, ['gap', 'tuned-loss', 'lr-curves', 'training-curves', 'effort']);
  assert.deepEqual(files.slice(0, 2), [
    join(made, 'exports/figures/gap.pdf'),
    join(made, 'exports/figures/gap.svg'),
  ]);
  assert.ok(files.every((file: string) => existsSync(file)));
  const again = gaplab(made, '--format', 'pdf', '--width', 'two');
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /5 figures of .*, 178 mm wide/);
  // What the command before drew in another format is no part of this set.
  assert.ok(!readdirSync(join(made, 'exports/figures')).some((name) => name.endsWith('.svg')));
  writeFileSync(join(made, 'exports/figures/gap.pdf'), 'mine');
  const refused = gaplab(made);
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr.replace(/\s+/g, ' '),
    /was changed since gaplab wrote it, so it is not replaced/,
  );
});

test('wrong widths, formats, names and folders are one line', () => {
  for (const [args, words] of [
    [[made, '--width', 'three'], /one, two, or a number of millimetres from 60 to 400/],
    [[made, '--format', 'png'], /It must be svg, pdf, or svg,pdf/],
    [[made, '--only', 'gapp'], /there is no figure gapp; choose from gap, /],
    [[dir], /holds no study/],
  ] as [string[], RegExp][]) {
    const { status, stderr } = gaplab(...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replace(/\s+/g, ' '), words);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});
