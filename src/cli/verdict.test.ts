import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home: dir, gaplab } = program('verdict');
const verdict = (...args: string[]) => {
  const { stdout, ...rest } = gaplab(...args);
  return { ...rest, stdout: stdout.replace(/\s+/g, ' ') };
};

test('two lists: one sentence, or JSON', () => {
  const found = verdict('3.41,3.44,3.40', '3.52,3.49,3.55');
  assert.equal(found.status, 0, found.stderr);
  assert.match(
    found.stdout,
    /is better than .* by 0\.103 nats \(95% interval 0\.013 to 0\.194\): seeds are not paired/,
  );
  writeFileSync(join(dir, 'losses.txt'), '3.41\n3.44\n3.40\n');
  const json = verdict(join(dir, 'losses.txt'), '3.52,3.49,3.55', '--paired', '--json').json();
  assert.equal(json.verdicts[0].verdict, 'undecided');
  assert.equal(json.verdicts[0].method, 'paired-t');
});

test('a diverged run is counted, and takes its partner out of the pairs', () => {
  const { stdout } = verdict('3.4,nan,3.5', '3.5,3.6,3.6', '--paired');
  assert.match(stdout, /Undecided: .*, but 1 of 3 diverged/);
  assert.match(
    verdict('3.4,nan,3.5', '3.5,9,3.6', '--paired', '--json').json().verdicts[0].difference.toFixed(6),
    /0\.100000/,
  );
});

test('arms and cells of studies: paired by seed, provisional at an edge', () => {
  const study = reportedStudy({ batchSizes: [1, 16] });
  const optimum = { adam: 0.001, sgd: 0.03 };
  const made = join(dir, 'study');
  writeStudyDir(made, study, ({ point }) => {
    const { optimizer, lr, seed, batchSize } = point;
    // At batch size 16 SGD's losses fall with the rate for ever, so that its best rate stays at the edge.
    if (optimizer === 'sgd' && batchSize === 16) return { valLoss: 4 - 0.01 * Math.log2(lr) + 0.001 * seed };
    const gap = optimizer === 'sgd' ? -0.1 + 0.001 * (seed % 2) : 0;
    return {
      valLoss: 3.4 + gap + 0.01 * seed + 0.1 * Math.log2(lr / optimum[optimizer as 'adam' | 'sgd']) ** 2,
    };
  });
  const one = verdict(`${made}:sgd@1`, `${made}:adam@1`);
  assert.match(
    one.stdout,
    /SGD of sample is better than Adam of sample at batch size 1 by 0\.099 nats .*: seeds are paired/,
  );
  const all = verdict(`${made}:sgd`, `${made}:adam`, '--json').json().verdicts;
  assert.deepEqual(
    all.map((v: { where: string; verdict: string }) => [v.where, v.verdict]),
    [
      ['at batch size 1', 'better'],
      ['at batch size 16', 'undecided'],
    ],
  );
  assert.match(all[1].provisional.join(), /best learning rate of SGD of sample is at the edge/);
});

test('what cannot be compared is one line and exit code 2', () => {
  for (const [args, words] of [
    [['3.4,abc', '3.5'], /neither losses .* nor a file/],
    [['nan,nan', '3.5'], /every run diverged/],
    [[join(dir, 'study:muon'), '3.5'], /has no arm "muon"; it has adam, sgd/],
    [[join(dir, 'study:sgd@7'), '3.5'], /has no batch size 7; it has 1, 16/],
    [['3.4,3.5', '3.5', '--paired'], /as many losses on one side/],
    [['3.4,nan', '3.5,3.6,3.7', '--paired'], /as many losses on one side/],
    [[join(dir, 'study:sgd'), '3.5,3.6'], /nothing in common/],
  ] as [string[], RegExp][]) {
    const { status, stderr } = verdict(...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replace(/\s+/g, ' '), words);
  }
});
