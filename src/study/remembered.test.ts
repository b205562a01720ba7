// What a plan remembers of the plan before never shows in its answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../core/rng.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { sampleArm, sampleStudy } from './sample.testing.ts';
import { plan, type RunRequest, type TunerResult } from './tuner.ts';

const thorough = { probe: 2, halve: 1, seeds: 3 };
const axes = { momentum: [0, 0.5, 0.9] };
const studies: (() => FrozenStudy)[] = [
  () => sampleStudy({ tokens: [4096, 8192] }),
  () => sampleStudy({ tuner: thorough }),
  () => sampleStudy({ optimizers: { sgd: { ...sampleArm('sgd', { dampening: 0 }, 0.1), axes } } }),
  // Two arms that come to the same runs, and a grid.
  () => sampleStudy({ optimizers: { one: sampleArm('sgd', {}, 0.1), two: sampleArm('sgd', {}, 0.1) } }),
  () =>
    sampleStudy({
      tuner: thorough,
      optimizers: { sgd: { ...sampleArm('sgd', {}, 1), lr: { kind: 'grid', values: [1, 0.01, 0.1] } } },
    }),
];

/** A valley with noise, divergence and failures; `again` counts how often the run has been made. */
function judged({ id, point }: RunRequest, again: number): TunerResult {
  const rng = createRng(7, `${id} ${again}`);
  const kind = rng.uniform();
  if (kind < 0.1) return { status: 'failed' };
  if (kind < 0.2) return { status: 'diverged', valLoss: null };
  const x = Math.log2(point.lr / 0.03) - 0.5 * Math.log2(point.batchSize);
  return { status: 'done', valLoss: 3 + 0.05 * x * x + 0.05 * rng.normal() };
}

test('a plan that remembers is the plan made afresh, whatever arrives, is lost or changes in between', () => {
  fc.assert(
    fc.property(fc.constantFrom(...studies), fc.nat(), (make, seed) => {
      const rng = createRng(seed, 'order');
      const study = make();
      const results = new Map<string, TunerResult>();
      for (let i = 0; i < 60; i++) {
        const state = plan(study, results);
        // Nothing is remembered of a study that has not been planned.
        assert.deepEqual(state, plan(make(), results));
        if (state.done) break;
        const change = rng.uniform();
        const known = [...results.keys()];
        if (change < 0.1 && known.length > 0) results.delete(known[rng.below(known.length)]);
        else if (change < 0.2 && known.length > 0) {
          const id = known[rng.below(known.length)];
          const run = state.cells.flatMap((cell) => cell.runs).find((one) => one.id === id);
          if (run) results.set(id, judged(run, i));
        } else
          for (const run of state.wanted)
            if (rng.uniform() < 0.3 || run === state.wanted[0]) results.set(run.id, judged(run, 0));
      }
    }),
    { numRuns: 40 },
  );
});

test('a result changes the cells that ask for it alone, and all others are what they were', () => {
  const study = sampleStudy({ tokens: [4096, 8192] });
  const results = new Map<string, TunerResult>();
  const before = plan(study, results);
  const [run] = before.wanted;
  results.set(run.id, { status: 'done', valLoss: 3 });
  const after = plan(study, results);
  const changed = after.cells.filter((cell, i) => cell !== before.cells[i]);
  assert.deepEqual(
    changed.map(({ optimizer, batchSize, tokens }) => ({ optimizer, batchSize, tokens })),
    [{ optimizer: run.point.optimizer, batchSize: run.point.batchSize, tokens: run.point.tokens }],
  );
  assert.equal(changed[0].best?.valLoss, 3);
});

test('nobody can change what is remembered', () => {
  const [cell] = plan(sampleStudy(), new Map()).cells;
  assert.throws(() => cell.runs.pop(), TypeError);
  assert.throws(() => Object.assign(cell, { bracketed: true }), TypeError);
});
