// `pack` and `unpack` as a user calls them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { program } from './program.testing.ts';

const { home, gaplab } = program();
const study = reportedStudy({ name: 'mine', batchSizes: [1] });
writeStudyDir(join(home, 'made'), study, ({ point: { lr, seed } }) => ({
  valLoss: 3.4 + Math.log2(lr / 0.01) ** 2 + seed / 100,
}));

test('a study goes into a file and comes back; a file of somebody else is left alone', () => {
  const packed = gaplab('pack', 'made');
  assert.equal(packed.status, 0, packed.stderr);
  assert.match(packed.stdout, /^\d+ runs of mine in mine\.jsonl\.gz \(\d+\.?\d* [KM]?i?B\)\n$/);
  assert.equal(gaplab('pack', 'made').status, 0, 'over itself');
  const small = gaplab('pack', 'made', '--no-curves', '--out', 'small/mine.jsonl', '--json');
  assert.equal(small.status, 0, small.stderr);
  const { runs, missing, curves } = small.json();
  assert.deepEqual([missing, curves], [0, false]);

  const back = gaplab('unpack', 'mine.jsonl.gz', '--json').json();
  assert.deepEqual(back, {
    ...{ study: 'mine', dir: join(home, 'studies', 'mine') },
    ...{ added: runs, there: 0, busy: 0 },
  });
  const again = gaplab('unpack', 'small/mine.jsonl');
  assert.equal(
    again.stdout,
    `0 runs of mine in studies/mine (${runs} there already). Next: gaplab report studies/mine\n`,
  );
  const [was, now] = ['made', 'studies/mine'].map((dir) => gaplab('status', dir, '--json').json());
  assert.deepEqual(now.cells, was.cells);

  writeFileSync(join(home, 'notes.txt'), 'mine');
  const refused = gaplab('pack', 'made', '--out', 'notes.txt');
  assert.equal(refused.status, 2);
  assert.match(refused.stderr.replace(/\s+/g, ' '), /notes\.txt was not written by gaplab/);
  assert.equal(readFileSync(join(home, 'notes.txt'), 'utf8'), 'mine');
});

test('what is no pack, no study, or has no run is one line', () => {
  assert.match(gaplab('unpack', 'notes.txt').stderr, /^gaplab: .*no study that gaplab packed/);
  assert.match(gaplab('unpack', 'nothing').stderr, /^gaplab: .*nothing/);
  mkdirSync(join(home, 'empty'));
  assert.match(gaplab('pack', 'empty').stderr, /holds no study/);
  writeStudyDir(join(home, 'planned'), reportedStudy({ name: 'planned' }), () => 'missing');
  const planned = gaplab('pack', 'planned');
  assert.deepEqual([planned.status, planned.stdout], [2, '']);
  assert.match(planned.stderr, /no finished run yet/);
  for (const name of ['pack', 'unpack']) assert.match(gaplab(name, '--help').stdout, /Examples:\n/);
});
