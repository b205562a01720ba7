import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError, UserError } from '../core/errors.ts';
import { toJson, writeAtomic } from '../files/atomic.ts';
import { attempts } from '../store/attempt.ts';
import { readStudy } from '../store/study-dir.ts';
import { attendStudy, type WorkerOptions } from './attend.ts';
import { assertSameRuns } from './crash.testing.ts';
import { executeStudy, type StudyOptions } from './run.ts';
import { readState } from './state.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-worker-'));
const trainer = new URL('./fake-trainer.testing.ts', import.meta.url).href;
const facts = {
  corpus: 'fake',
  fingerprint: 'ab',
  vocabSize: 512,
  train: { length: 1e6 },
  validation: { length: 1e5 },
};

/** The study command; with `launcher: none` it makes no run itself. */
const study = (out: string, change: Partial<StudyOptions> = {}) =>
  executeStudy({
    study: {
      name: 'fake',
      model: 'tiny',
      tokens: 8192,
      batchSizes: [2, 8],
      optimizers: { sgd: { lr: { guess: 0.1 } }, adam: { lr: { guess: 0.002 } } },
      seeds: { fresh: 1 },
    },
    out,
    jobs: 2,
    trainer,
    prepare: async () => facts,
    ...change,
  });

const worker = (dir: string, change: Partial<WorkerOptions> = {}) =>
  attendStudy({ dir, jobs: 1, trainer, checkData: async () => {}, ...change });

/** A study that is prepared, and of which nothing is run. */
async function prepared(dir = scratch(), data = facts): Promise<string> {
  const stopper = new AbortController();
  const viewed = study(dir, {
    launcher: 'none',
    prepare: async () => data,
    signal: stopper.signal,
    onWarning: (line) => /waiting for workers/.test(line) && stopper.abort(),
  });
  await assert.rejects(viewed, InterruptedError);
  assert.deepEqual(readdirSync(join(dir, 'runs')), []);
  return dir;
}

/** Of the runs that a study has reached. */
const results = (dir: string) =>
  [...readState(dir).results.values()]
    .map((result) => [result.id, result.status === 'failed' ? result.error : result.paramsSha256])
    .sort();

const calm = scratch();
await study(calm);

test('a study that is changed while its report is written is gone on with', async () => {
  const dir = await prepared();
  const file = join(dir, 'study.json');
  let reports = 0;
  const conclude = async () => {
    if (++reports > 1) return;
    const frozen = readStudy(dir);
    writeAtomic(file, toJson({ ...frozen, seeds: { ...frozen.seeds, fresh: 2 } }));
  };
  const { plan, study } = await worker(dir, { conclude });
  assert.equal(reports, 2);
  assert.equal(study.seeds.fresh, 2);
  assert.ok(plan.done && plan.cells.every(({ expected, runs }) => runs.length === expected));
  assert.deepEqual(plan, readState(dir).plan);
});

test('three workers make the runs of a study, each once, and one of them the report', async () => {
  const dir = await prepared();
  const reports: string[] = [];
  const conclude = async (at: string) => void reports.push(at);
  const made = await Promise.all([1, 2, 3].map(() => worker(dir, { conclude })));
  assert.ok(made.every(({ plan }) => plan.done));
  assert.ok(made.filter(({ ran }) => ran > 0).length > 1);
  const runs = readdirSync(join(dir, 'runs'));
  assert.equal(
    made.reduce((n, { ran }) => n + ran, 0),
    runs.length,
  );
  assert.ok(reports.length > 0 && reports.every((at) => at === dir));
  assertSameRuns(dir, calm);
});

test('the study command that looks on sees the runs of workers, and writes the report in their place', async () => {
  const dir = scratch();
  let concluded = 0;
  let help: Promise<unknown> | undefined;
  const seen: string[] = [];
  const warnings: string[] = [];
  const viewed = await study(dir, {
    launcher: 'none',
    // It holds the study until the worker has asked for it: a later worker writes the report again.
    async conclude() {
      concluded++;
      await help;
    },
    onRun: (run) => seen.push(run.id),
    onWarning(line) {
      if (/waiting for workers: gaplab worker --study/.test(line))
        help ??= worker(dir, { conclude: assert.fail, onWarning: (warning) => warnings.push(warning) });
    },
  });
  await help;
  assert.ok(viewed.plan.done);
  assert.equal(concluded, 1);
  assert.match(warnings.join(), /it writes the report/);
  assert.deepEqual(seen.sort(), readdirSync(join(dir, 'runs')).sort());
  assert.equal(viewed.ran, seen.length);
  assertSameRuns(dir, calm);
});

test('a stopped worker leaves a checkpoint, from which another one goes on', async () => {
  const dir = await prepared();
  const stopper = new AbortController();
  process.env.FAKE_MS = '1500';
  const first = worker(dir, {
    signal: stopper.signal,
    onProgress: ({ running }) => running.some(({ step }) => step > 3) && stopper.abort(),
  });
  await assert.rejects(first, InterruptedError);
  delete process.env.FAKE_MS;
  assert.deepEqual(
    readState(dir)
      .runs.map(({ state }) => state)
      .filter((state) => state !== 'waiting'),
    ['interrupted'],
  );
  await worker(dir);
  assert.equal(assertSameRuns(dir, calm), 1);
});

test('a worker without a run to train leaves when it was told to, and the study is not finished', async () => {
  const dir = await prepared();
  process.env.FAKE_MS = '4000';
  const stopper = new AbortController();
  const busy = Promise.all([1, 2].map(() => worker(dir, { jobs: 3, signal: stopper.signal }))).catch(
    () => {},
  );
  while (readState(dir).runs.some(({ state }) => state === 'waiting')) await sleep(50);
  const idle = await worker(dir, { idleSeconds: 0.3 });
  assert.equal(idle.ran, 0);
  assert.equal(idle.plan.done, false);
  stopper.abort();
  await busy;
  delete process.env.FAKE_MS;
});

test('a failure is tried again by the next worker, not by those that are there', async () => {
  const dir = await prepared();
  process.env.FAKE_BREAK = 'throw:0.2';
  const [one, two] = await Promise.all([worker(dir), worker(dir)]);
  delete process.env.FAKE_BREAK;
  assert.ok(one.plan.done && two.plan.done);
  assert.ok(one.failed.length > 0);
  for (const { run } of one.failed) assert.equal(attempts(join(dir, 'runs', run.id)).length, 1);
  assert.deepEqual((await worker(dir)).failed, []);
  assert.deepEqual(results(dir), results(calm));
});

test('a worker that finds the study changed looks for its data before it goes on', async () => {
  const dir = await prepared();
  const looked: (string | undefined)[] = [];
  const checkData: WorkerOptions['checkData'] = async ({ data }) => {
    looked.push(data?.fingerprint);
    if (looked.length > 1) throw new UserError('there are no such data here');
    await prepared(dir, { ...facts, fingerprint: 'cd' });
  };
  await assert.rejects(worker(dir, { checkData }), /no such data here/);
  assert.deepEqual(looked, ['ab', 'cd']);
  assert.equal(readState(dir).results.size, 0);
});

test('a folder without a study, and a computer without its data, are told before anything is run', async () => {
  await assert.rejects(worker(scratch()), /holds no study \(no study\.json\)/);
  const dir = await prepared();
  const cacheDir = scratch();
  await assert.rejects(
    attendStudy({ dir, trainer, cacheDir }),
    /prepared data ab cannot be opened .* run gaplab data prepare/,
  );
  assert.deepEqual(readdirSync(join(dir, 'runs')), []);
});
