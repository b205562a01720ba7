import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadStudy } from '../study/load.ts';
import { presets } from '../study/presets.ts';
import { questionOf } from './questions.ts';

test('every experiment of a preset has its question; other studies have none of these', () => {
  const experiments = presets().flatMap(({ name }) => loadStudy(name).experiment ?? []);
  assert.ok(experiments.length > 20);
  for (const experiment of experiments) assert.match(questionOf(experiment) ?? '', /\?$/, experiment);
  assert.equal(questionOf(null), undefined);
  assert.equal(questionOf('toString'), undefined);
});
