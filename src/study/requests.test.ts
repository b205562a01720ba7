// What is made once for runs that are alike is what each would get by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runId } from '../train/run-id.ts';
import { runConfigFor } from './points.ts';
import { configured } from './requests.ts';
import { sampleArm, sampleStudy } from './sample.testing.ts';

test('every point has the configuration and the id that it would have alone, and no two points share one', () => {
  const axes = { momentum: [0, 0.9], dampening: [0, 0.5] };
  const study = sampleStudy({
    tokens: [4096, 8192],
    optimizers: { sgd: { ...sampleArm('sgd', {}, 0.1), axes } },
  });
  const model = Object.keys(study.models)[0];
  const points = study.tokens.flatMap((tokens) =>
    [1, 4].flatMap((batchSize) =>
      [0, 0.9].flatMap((momentum) =>
        [0, 0.5].flatMap((dampening) =>
          [1, 2].flatMap((seed) =>
            [0.1, 0.2].map((lr) => ({
              ...{ optimizer: 'sgd', model, tokens, batchSize, lr, seed },
              hyper: { momentum, dampening },
            })),
          ),
        ),
      ),
    ),
  );
  const ids = points.map((point) => {
    const { id, config } = configured(study, point);
    assert.deepEqual(config, runConfigFor(study, point));
    assert.equal(id, runId(config));
    return id;
  });
  assert.equal(new Set(ids).size, points.length);
});
