import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../../src/server/wire.ts';
import { changed, viewOf } from './store.ts';

test('progress that is told while a view is fetched is not lost to the older one in the view', async (t) => {
  const at = (standing: string) => ({ standing }) as Progress;
  let answer = () => {};
  t.mock.method(globalThis, 'fetch', async () => {
    await new Promise<void>((done) => {
      answer = done;
    });
    return new Response(JSON.stringify({ progress: at('worked') }));
  });
  const view = viewOf('study');
  for (const _ of ['first', 'again']) {
    const fetched = view.refresh();
    await new Promise(setImmediate);
    changed.progress('study', at('finished'));
    answer();
    await fetched;
    assert.deepEqual(view.now.value?.progress, at('finished'));
  }
  // Nothing was told since: what is fetched counts.
  const fetched = view.refresh();
  await new Promise(setImmediate);
  answer();
  await fetched;
  assert.deepEqual(view.now.value?.progress, at('worked'));
});
