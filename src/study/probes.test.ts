// Probes of a study: which of its runs have them and how often, and that a study without any is what it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { runConfig } from '../train/config.ts';
import { probes } from '../train/probes/registry.ts';
import { runId } from '../train/run-id.ts';
import { loadStudy } from './load.ts';
import { ownConfigFor, type Point, runConfigFor } from './points.ts';
import { draftStudy } from './resolve.ts';
import { sampleStudy } from './sample.testing.ts';
import type { StudyInput } from './schema.ts';

const draft = (more: object) =>
  draftStudy(
    loadStudy({
      name: 'x',
      tokens: 100000,
      batchSizes: [4],
      optimizers: { adam: {}, sgd: {} },
      ...more,
    } as StudyInput),
  );
const probesOf = (value: unknown, more: object = {}) => draft({ probes: value, ...more }).probes!;

test('a name is enough: ten measurements in the further seeds of the winners, every option resolved', () => {
  const [one] = probesOf('imbalance');
  assert.deepEqual(one, {
    name: 'imbalance',
    options: { groups: 10, sequences: probes.imbalance.options.sequences.default },
    pace: { times: 10 },
    runs: 'winners',
  });
  const [two] = probesOf([{ name: 'sharpness', every: 50, optimizers: ['sgd'], runs: 'all' }]);
  assert.deepEqual([two.pace, two.optimizers, two.runs], [{ every: 50 }, ['sgd'], 'all']);
});

test('what cannot be measured is refused with the field in front', () => {
  const refused = (value: unknown, text: RegExp, more = {}) =>
    assert.throws(
      () => probesOf(value, more),
      (error) =>
        error instanceof UserError && error.message.startsWith('study: probes') && text.test(error.message),
    );
  refused('hessain', /did you mean "hessian"/);
  refused([{ name: 'noise', options: { samples: 3 } }], /samples of probe "noise"/);
  refused([{ name: 'geometry', optimizers: ['adan'] }], /unknown optimizer "adan"/);
  refused('noise', /runs: all/, { seeds: { fresh: 0 } });
  refused([{ name: 'noise', every: 1, times: 2 }], /takes every or times, not both/);
});

const point: Point = {
  optimizer: 'sgd',
  batchSize: 4,
  model: 'tiny',
  tokens: 4096,
  lr: 0.1,
  hyper: {},
  seed: 1,
};

test('runs: tuning ones only when all are asked for, at a pace of steps or of the run', () => {
  const entry = { name: 'imbalance', options: { groups: 5 }, runs: 'winners' as const };
  const study = sampleStudy({
    probes: [
      { ...entry, pace: { times: 10 } },
      { ...entry, pace: { every: 7 }, runs: 'all' },
    ],
  });
  // 4096 tokens in steps of 4 x 8: 128 of them.
  const every = (seed: number) => ownConfigFor(study, { ...point, seed }).probes?.map((p) => p.every);
  assert.deepEqual(every(1), [7]);
  assert.deepEqual(every(2), [13, 7]);
  runConfig.parse(runConfigFor(study, { ...point, seed: 2 }));
});

test('a study without probes makes the runs it made before, tuning runs of one with winners only too', () => {
  const plain = runConfigFor(sampleStudy(), point);
  assert.ok(!('probes' in plain));
  assert.equal(runId(runConfig.parse(JSON.parse(JSON.stringify(plain)))), runId(plain));
  const probed = sampleStudy({
    probes: [{ name: 'imbalance', options: {}, pace: { times: 3 }, runs: 'winners' }],
  });
  assert.equal(runId(runConfigFor(probed, point)), runId(plain));
  assert.notEqual(runId(runConfigFor(probed, { ...point, seed: 2 })), runId({ ...plain, seed: 2 }));
  assert.ok(!('probes' in draft({})));
});
