// A copy of a row is a row: what is read from files when it is asked for is not lost in it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadStudyDir } from './load.ts';
import { reportedStudy, writeStudyDir } from './study-dir.testing.ts';

const home = mkdtempSync(join(tmpdir(), 'gaplab-row-'));
after(() => rmSync(home, { recursive: true, force: true }));
writeStudyDir(home, reportedStudy(), ({ point }) => (point.optimizer === 'sgd' ? 'missing' : { valLoss: 3 }));

test('spread, picked from and cloned, a row keeps its curve', () => {
  const { rows, sources } = loadStudyDir(home);
  const row = rows.find(({ status }) => status === 'done')!;
  // Nothing has been read so far.
  assert.equal(sources.runs.get(row.runId)!.curve, undefined);
  const copy = { ...row, optimizer: 'mine' };
  assert.equal(copy.optimizer, 'mine');
  assert.ok(copy.lossCurve!.length > 0);
  assert.deepEqual(copy.lossCurve, row.lossCurve);
  assert.equal(sources.runs.get(row.runId)!.curve, copy.lossCurve!.length);
  const { seed: _, ...others } = row;
  assert.deepEqual(others.lossCurve, row.lossCurve);
  assert.deepEqual(structuredClone(row).lossCurve, row.lossCurve);
  for (const name of ['damage', 'lossCurve', 'probes', 'groupLosses']) assert.ok(name in copy, name);
});

test('of a run that is missing nothing is read', () => {
  const row = loadStudyDir(home).rows.find(({ status }) => status === 'missing')!;
  const { damage, lossCurve, probes, groupLosses, valLoss } = { ...row };
  assert.deepEqual([damage, lossCurve, probes, groupLosses], [undefined, undefined, undefined, undefined]);
  assert.equal(valLoss, null);
});
