// When a run is given up, and when it is not yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkDivergence, checkEnd, type DivergenceState, lossLimit, uniformLoss } from './divergence.ts';

const vocabSize = 100;
const model = { vocabSize, dim: 4, initStd: 0.02 };
const uniform = Math.log(100);
const fresh = (): DivergenceState => ({ smooth: null, above: 0 });

/** Steps taken until the run counts as diverged, and why; undefined when it never does. */
function stopOf(losses: number[], steps = losses.length, gradNorm = 1) {
  const state = fresh();
  for (const [step, loss] of losses.entries()) {
    const reason = checkDivergence(state, { loss, gradNorm, step, steps, model });
    if (reason) return { step, reason };
  }
  return undefined;
}
const constant = (loss: number, steps: number) => new Array<number>(steps).fill(loss);

test('guessing costs log of the vocabulary', () => assert.equal(uniformLoss(vocabSize), uniform));

test('a value that is not finite ends the run at once', () => {
  const losses = [4, 3, Number.NaN];
  assert.deepEqual(stopOf(losses, 1000), { step: 2, reason: 'loss is NaN at step 2' });
  assert.equal(stopOf([4, Number.POSITIVE_INFINITY], 1000)?.reason, 'loss is Infinity at step 1');
  assert.equal(stopOf([4], 1000, Number.NaN)?.reason, 'gradient norm is NaN at step 0');
  assert.equal(stopOf([4], 1000, Number.POSITIVE_INFINITY)?.reason, 'gradient norm is Infinity at step 0');
});

test('a loss above guessing for a tenth of the run ends it, and says so in one line', () => {
  const stop = stopOf(constant(uniform + 1, 1000));
  assert.equal(stop?.step, 99);
  assert.match(stop!.reason, /^loss above that of guessing \(4\.81 nats\) for 100 steps, at step 99$/);
});

test('short runs get ten steps of patience', () => {
  assert.equal(stopOf(constant(uniform + 1, 20))?.step, 9);
  assert.equal(stopOf(constant(uniform + 1, 9)), undefined);
});

test('a run that has not learned yet is not given up', () => {
  assert.equal(stopOf(constant(uniform + 0.1, 1000)), undefined);
});

test('spikes that the run recovers from do not count', () => {
  const losses = constant(3, 1000).map((loss, i) => (i % 100 < 20 ? 8 : loss));
  assert.equal(stopOf(losses), undefined);
});

test('losses below guessing never end a run', () => {
  const loss = fc.double({ min: 0, max: uniform, noNaN: true });
  fc.assert(fc.property(fc.array(loss, { maxLength: 300 }), (losses) => stopOf(losses) === undefined));
});

test('losses far above it always do', () => {
  const loss = fc.double({ min: uniform + 0.3, max: 1e30, noNaN: true });
  const long = fc.array(loss, { minLength: 10, maxLength: 100 });
  fc.assert(fc.property(long, (losses) => stopOf(losses) !== undefined));
});

test('a wide model may begin above the loss of guessing', () => {
  // Logits of variance 2048 x 0.02^2 cost half of it: 10.83 + 0.41 nats; measured
  // on 1b before its first step: 11.21.
  const limit = lossLimit({ vocabSize: 50280, dim: 2048, initStd: 0.02 });
  assert.ok(limit > 11.3 && limit < 11.5, `${limit}`);
});

test('at the end training decides: a high validation loss stands where the training loss is low', async () => {
  const end = (validation: number, training: number) => checkEnd(validation, model, async () => training);
  assert.equal(await end(9, 0.2), undefined);
  assert.equal(await end(4, Number.NaN), undefined); // not asked for
  assert.equal(await end(9, 8), 'training loss 8.00 after the last step is above that of guessing');
  assert.equal(await end(9, Number.NaN), 'training loss is NaN after the last step');
  assert.match((await end(Number.NaN, Number.NaN))!, /^training loss is NaN/);
  assert.equal(await end(Number.POSITIVE_INFINITY, 0.2), 'validation loss is Infinity');
});
