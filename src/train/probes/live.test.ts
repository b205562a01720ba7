// Probes while a run trains: their lines, that they change nothing of the run, and what
// a kill and a resume leave.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InterruptedError } from '../../core/errors.ts';
import { runConfig } from '../config.ts';
import { scratch, syntheticData, tinyRun } from '../tiny-run.testing.ts';
import { train } from '../train.ts';
import type { ProbeLine } from './measure.ts';

const data = syntheticData();
const probed = runConfig.parse(
  tinyRun({
    steps: 50,
    probes: [
      { name: 'imbalance', every: 20, options: { groups: 3, sequences: 10 } },
      { name: 'geometry', every: 25, options: { batches: 2 }, optimizers: ['sgd'] },
    ],
  }),
);
const linesOf = (dir: string): ProbeLine[] =>
  readFileSync(join(dir, 'probes.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const withoutTime = (lines: ProbeLine[]) => lines.map(({ seconds: _, ...line }) => line);

test('due at the first step, every so many, and at the end; training keeps its bits', async () => {
  const dir = scratch();
  const outcome = await train(probed, { data, attemptDir: dir });
  assert.deepEqual(
    linesOf(dir).map(({ step, probe }) => [step, probe]),
    [
      [0, 'imbalance'],
      [0, 'geometry'],
      [20, 'imbalance'],
      [25, 'geometry'],
      [40, 'imbalance'],
      [50, 'imbalance'],
      [50, 'geometry'],
    ],
  );
  const { probes: _, ...plain } = probed;
  assert.equal((await train(plain, { data })).paramsSha256, outcome.paramsSha256);
  const geometry = linesOf(dir).find(({ probe }) => probe === 'geometry')!;
  assert.deepEqual(
    geometry.tables.directions.map(({ direction }) => direction),
    ['update', 'sgd', '-gradient'],
  );
});

test('stopped and resumed anywhere, the lines are those of a run never stopped', async () => {
  const whole = scratch();
  await train(probed, { data, attemptDir: whole });
  for (const stopAt of [19, 20, 31, 49]) {
    const dir = scratch();
    const stop = new AbortController();
    const run = train(probed, {
      data,
      attemptDir: dir,
      checkpointSeconds: 0,
      signal: stop.signal,
      onStep({ step }) {
        if (step + 1 >= stopAt) stop.abort(new InterruptedError('stop'));
        // Longer than training goes without looking for a signal.
        if (stop.signal.aborted) for (const end = performance.now() + 60; performance.now() < end; );
      },
    });
    await assert.rejects(run, InterruptedError);
    await train(probed, { data, attemptDir: dir });
    assert.deepEqual(withoutTime(linesOf(dir)), withoutTime(linesOf(whole)), `stopped at ${stopAt}`);
  }
});

test('a stop during a probe leaves a checkpoint', async () => {
  const dir = scratch();
  const config = {
    ...probed,
    probes: [{ name: 'noise', every: 30, options: { samples: 2 ** 14, coordinates: 1 } }],
  };
  const stop = new AbortController();
  setTimeout(() => stop.abort(new InterruptedError('stop')), 300);
  await assert.rejects(train(config, { data, attemptDir: dir, signal: stop.signal }), InterruptedError);
  assert.ok(existsSync(join(dir, 'checkpoint.safetensors')));
});

test('an unknown probe is refused before training, and without a folder nothing is measured', async () => {
  const config = { ...probed, probes: [{ name: 'hessean', every: 1, options: {} }] };
  await assert.rejects(train(config, { data, attemptDir: scratch() }), /did you mean "hessian"/);
  assert.equal((await train(probed, { data })).status, 'done');
});

test('a config without probes has none after parsing, so that its id stays what it was', () => {
  assert.ok(!('probes' in runConfig.parse(tinyRun())));
  assert.ok(!runConfig.safeParse(tinyRun({ probes: [] })).success);
});
