// The rules in float64 against trajectories of torch.optim, or of the published rule where torch has none
// (see fixtures/record.py, which made the recording).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import json from './fixtures/torch.json' with { type: 'json' };
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';

interface Case {
  optimizer: string;
  hyper: Record<string, number>;
  /** Parameters after each kept step. */
  params: number[][];
  /** Buffers after the last step, under the names of our rule. */
  state: Record<string, number[]>;
}
const recording = json as unknown as Omit<typeof json, 'cases'> & { cases: Case[] };

// float32 in torch: relative to the largest value of a vector, half an ulp (6e-8) per operation,
// and 50 steps add up.
const TOLERANCE = 1e-6;

for (const { optimizer: name, hyper: options, params, state: finalState } of recording.cases) {
  test(`${name} ${JSON.stringify(options)} follows its recording for ${recording.lr.length} steps`, () => {
    const def = optimizer(name);
    const hyper = resolveHyper(name, options);
    const param = [...recording.initial];
    const state = referenceState(def, hyper, param.length);
    let rows = 0;
    recording.lr.forEach((lr, step) => {
      referenceStep(def, hyper, { param, grad: recording.gradients[step], state, lr, step });
      const kept = recording.kept.indexOf(step);
      if (kept < 0) return;
      rows++;
      param.forEach((p, i) => {
        const error = Math.abs(p - params[kept][i]);
        assert.ok(error <= TOLERANCE, `step ${step} coordinate ${i}: ${p} against ${params[kept][i]}`);
      });
    });
    assert.equal(rows, params.length);
    def.state(hyper).forEach((buffer, k) => {
      const theirs = finalState[buffer];
      const scale = Math.max(...theirs.map(Math.abs));
      state[k].forEach((value, i) => {
        assert.ok(Math.abs(value - theirs[i]) <= TOLERANCE * scale, `${buffer}[${i}]`);
      });
    });
  });
}
