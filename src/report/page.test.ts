// What a report says of its own limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { reportPage } from './page.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

test('a study of one budget says that it is one row of a map, with the steps of each batch size', () => {
  const text = (loaded: ReturnType<typeof loadedStudy>) =>
    reportPage(loaded, summarizeStudy(loaded)).replace(/\s+/g, ' ');
  const one = text(loadedStudy(syntheticRows()));
  assert.match(one, /one row of a map/);
  assert.match(
    one,
    /1 million tokens, which are so many steps: 15,625 at batch size 1, .*61 at batch size 256/,
  );
  assert.match(one, /href="\.\.\/\.\.\/docs\/findings\.md"/);
  assert.doesNotMatch(text(loadedStudy(syntheticRows(), { tokens: [500_000, 1_000_000] })), /one row/);
});
