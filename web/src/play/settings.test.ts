// The address holds what was chosen; nonsense in it is left at its default.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, parseSettings, queryOf, type Settings } from './settings.ts';

const written = (settings: Settings) =>
  new URLSearchParams(
    Object.entries(queryOf(settings)).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );

test('settings are written and read again', () => {
  assert.equal(written(defaults).toString(), '');
  const other: Settings = {
    ...{
      batchSize: 8,
      given: 'steps',
      left: 'signum',
      right: 'adam',
      lrLeft: 0.0125,
      lrRight: undefined,
      seed: 3,
    },
  };
  assert.equal(written(other).toString(), 'batch=8&equal=steps&left=signum&right=adam&lr-left=0.0125&seed=3');
  assert.deepEqual(parseSettings(written(other)), other);
  assert.deepEqual(parseSettings(written(defaults)), { ...defaults, lrLeft: undefined, lrRight: undefined });
});

test('nonsense is left at its default, and nobody races against itself', () => {
  const query = new URLSearchParams(
    'batch=7&equal=hours&left=<b>&right=toString&lr-left=-1&lr-right=Infinity&seed=1.5',
  );
  assert.deepEqual(parseSettings(query), { ...defaults, lrLeft: undefined, lrRight: undefined });
  const same = parseSettings(new URLSearchParams('left=sgd&right=sgd'));
  assert.deepEqual([same.left, same.right], ['sgd', 'adam']);
});
