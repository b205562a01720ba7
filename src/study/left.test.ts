// What is left of a study, asked at every point on the way to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeOn, landscape } from './landscapes.testing.ts';
import { leftOf } from './left.ts';
import { addRuns, nothing, runsOf } from './run-counts.ts';
import { sampleStudy } from './sample.testing.ts';
import { plan, type TunerResult } from './tuner.ts';

const study = sampleStudy({ batchSizes: [2, 64], tokens: [4096, 8192] });

test('at every point of a study the runs to its end are between the least and the most that are left', () => {
  for (const tuner of [undefined, { probe: 2, halve: 1, seeds: 3 }])
    for (let n = 0; n < 60; n++) {
      const tuned = { ...study, ...(tuner ? { tuner } : {}) };
      const land = { ...landscape(n), cliff: Number.POSITIVE_INFINITY };
      const results = new Map<string, TunerResult>();
      const told: { made: number; left: ReturnType<typeof nothing> }[] = [];
      for (let state = plan(tuned, results); ; state = plan(tuned, results)) {
        const rest = leftOf(state, results);
        const left = nothing();
        for (const cell of state.cells) addRuns(left, rest.of(cell, runsOf(tuned, cell.optimizer)), 1);
        assert.ok(left.min <= left.expected && left.expected <= left.max);
        told.push({ made: rest.made, left });
        if (state.done) break;
        const [run] = state.wanted;
        results.set(run.id, judgeOn(land, run));
      }
      assert.deepEqual(told.at(-1)!.left, nothing());
      assert.equal(told[0].made, 0);
      const all = told.at(-1)!.made;
      for (const { made, left } of told)
        assert.ok(
          made + left.min <= all && all <= made + left.max,
          `landscape ${n}: ${JSON.stringify({ made, left, all })}`,
        );
    }
});

test('a failed run is still to be made', () => {
  const results = new Map<string, TunerResult>();
  const [run] = plan(study, results).wanted;
  results.set(run.id, { status: 'failed' });
  const { made, of } = leftOf(plan(study, results), results);
  assert.equal(made, 0);
  const whole = runsOf(study, run.point.optimizer);
  assert.deepEqual(of(run.point, whole), whole);
});
