// Which sequences probes measure on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntheticData, tinyRun } from '../tiny-run.testing.ts';
import { fixedSequences, randomSequences, tokenCounts } from './sequences.ts';

const point = () => ({ config: tinyRun({ steps: 60 }, 'adam'), data: syntheticData(), step: 20 });

test('sequences: fixed ones do not depend on the step, random ones do, batches are those of training', () => {
  assert.deepEqual(fixedSequences(point(), 5), fixedSequences({ ...point(), step: 3 }, 5));
  assert.equal(fixedSequences(point(), 10000).count, 62);
  const ids = (step: number) => [...randomSequences({ ...point(), step }, 3)].map((s) => [...s.ids]);
  assert.notDeepEqual(ids(0), ids(1));
  const counts = tokenCounts(point());
  assert.equal(
    counts.reduce((a, b) => a + b),
    2000,
  );
});
