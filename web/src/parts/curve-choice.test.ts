// How curves are drawn, as an address says it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metrics } from '../../../src/server/wire.ts';
import { choiceOf, placesOf } from './curve-choice.ts';

const choice = (text: string) => choiceOf(new URLSearchParams(text));

test('an address says how curves are drawn; what is no choice counts as not said', () => {
  const usual = { x: 'tokens', smooth: 0, logX: false, logY: false };
  assert.deepEqual(choice(''), usual);
  assert.deepEqual(choice('x=time&smooth=0.5&logx=1&logy=1'), {
    x: 'time',
    smooth: 0.5,
    logX: true,
    logY: true,
  });
  for (const wrong of ['x=toString', 'x=', 'smooth=-1', 'smooth=much', 'logx=yes'])
    assert.deepEqual(choice(wrong), usual, wrong);
  // At 1 a curve would never leave its first value.
  assert.equal(choice('smooth=1').smooth, 0.98);
});

test('places are those of the axis, and steps where nothing else was written', () => {
  const metrics = (columns: object) => ({ step: [1, 2], columns }) as unknown as Metrics;
  const all = metrics({ tokens: [64, null], seconds: [0.5, 1] });
  assert.deepEqual(placesOf(all, 'steps'), [1, 2]);
  assert.deepEqual(placesOf(all, 'tokens'), [64, Number.NaN]);
  assert.deepEqual(placesOf(all, 'time'), [0.5, 1]);
  assert.deepEqual(placesOf(metrics({}), 'time'), [1, 2]);
});
