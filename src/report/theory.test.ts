// The section on labs: in the report of any study that has them, each figure once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labSpec } from '../theory/specs/registry.ts';
import { runLab } from '../theory/specs/run.ts';
import { claimFigures } from './experiment.ts';
import { reportPage } from './page.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';
import { theoryFigures } from './theory.ts';

const lab = await runLab(
  labSpec.parse({ lab: 'sde', sigma: [3, 10], batchSizes: [1, 16], paths: 64, steps: 20, points: 4 }),
);
const all = ['sde-loss-by-batch', 'sde-loss-by-noise', 'sde-loss-by-step', 'sde-steps-to-target'];

test('a study of anything shows all figures of its labs', () => {
  const study = { ...loadedStudy(), theory: [lab] };
  const summary = summarizeStudy(study);
  assert.deepEqual(
    theoryFigures(study, summary)
      .map(({ name }) => name)
      .sort(),
    all,
  );
  const page = reportPage(study, summary);
  assert.match(page, /Simulated beside it/);
  assert.match(page, /A noisy quadratic: loss after 10 steps, by batch size/);
  assert.doesNotMatch(reportPage(loadedStudy(), summary), /Simulated beside it/);
});

test('what a claim shows is not shown again', () => {
  const study = { ...loadedStudy(undefined, { experiment: 'scaling' }), theory: [lab] };
  const summary = summarizeStudy(study);
  const names = [claimFigures, theoryFigures].flatMap((of) => of(study, summary).map(({ name }) => name));
  assert.deepEqual(names.filter((name) => name.startsWith('sde')).sort(), all);
});
