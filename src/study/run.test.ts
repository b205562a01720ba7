import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InterruptedError, UserError } from '../core/errors.ts';
import { lockStudy } from '../store/lock.ts';
import type { StudyProgress } from './progress.ts';
import { executeStudy, type StudyOptions } from './run.ts';
import type { StudyInput } from './schema.ts';
import { readState } from './state.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-study-'));
const study: StudyInput = {
  name: 'fake',
  model: 'tiny',
  tokens: 8192,
  batchSizes: [2, 8],
  optimizers: {
    sgd: { lr: { guess: 0.1 } },
    adam: { lr: { guess: 0.002 } },
  },
  seeds: { fresh: 1 },
};
const facts = {
  corpus: 'fake',
  fingerprint: 'ab',
  vocabSize: 512,
  train: { length: 1e6 },
  validation: { length: 1e5 },
};

function run(out: string, change: Partial<StudyOptions> = {}) {
  return executeStudy({
    study,
    out,
    jobs: 2,
    trainer: new URL('./fake-trainer.testing.ts', import.meta.url).href,
    prepare: async () => facts,
    ...change,
  });
}

/** Sets environment variables of the fake trainer for the length of a call. */
async function fake<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

/** Stops a study when some runs are done and another is under way. */
async function stopInTheMiddle(dir: string, change: Partial<StudyOptions> = {}): Promise<void> {
  const stopper = new AbortController();
  const onProgress = ({ runsDone, running }: StudyProgress) => {
    if (runsDone > 0 && running.some(({ step }) => step > 0)) stopper.abort();
  };
  const stopped = fake({ FAKE_MS: '1000' }, () =>
    run(dir, { ...change, signal: stopper.signal, onProgress }),
  );
  await assert.rejects(stopped, InterruptedError);
}

/** Id, status and bits of every run of a study. */
function fingerprint(dir: string) {
  const { results } = readState(dir);
  return [...results.values()]
    .map((r) => `${r.id} ${r.status} ${r.status === 'failed' ? '' : r.paramsSha256}`)
    .sort();
}

const reference = scratch();
const first = await run(reference);

test('a study makes all its runs; again, it makes none', async () => {
  assert.ok(first.plan.done);
  assert.ok(first.plan.cells.every((cell) => cell.bracketed));
  assert.equal(first.ran, readdirSync(join(reference, 'runs')).length);
  const again = await run(reference);
  assert.equal(again.ran, 0);
  assert.equal(readState(reference).holder, undefined);
});

test('eight jobs make the same runs as one', async () => {
  const dir = scratch();
  await run(dir, { jobs: 8 });
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('a changed study adds runs and keeps the rest', async () => {
  const dir = scratch();
  await run(dir);
  const more = await run(dir, { set: ['batchSizes=[2,8,32]'] });
  assert.ok(more.ran > 0);
  assert.equal(readdirSync(join(dir, 'runs')).length, first.ran + more.ran);
  assert.ok(existsSync(join(dir, 'study.1.json')));
  assert.equal((await run(dir)).ran, 0);
});

test('two studies share a pool of runs', async () => {
  const pool = scratch();
  await run(scratch(), { runs: pool });
  const other = await run(scratch(), { runs: pool, study: { ...study, name: 'other', batchSizes: [2] } });
  assert.equal(other.ran, 0);
  assert.ok(other.plan.done);
});

test('stopped: processes write checkpoints, everything is kept, the same call continues', async () => {
  const dir = scratch();
  let concluded = 0;
  await stopInTheMiddle(dir, { conclude: async () => void concluded++ });
  assert.equal(concluded, 1);
  const { runs, holder } = readState(dir);
  assert.equal(holder, undefined);
  assert.ok(runs.some(({ state }) => state === 'done'));
  assert.ok(runs.every(({ state }) => state !== 'running' && state !== 'failed'));
  assert.ok(runs.some(({ state }) => state === 'interrupted'));
  await run(dir);
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('a failed run is told, does not stop the others, and is retried next time', async () => {
  const dir = scratch();
  const { failed, plan } = await fake({ FAKE_BREAK: 'throw:0.2' }, () => run(dir));
  assert.ok(plan.done);
  assert.ok(failed.length > 0);
  assert.match(failed[0].error, /broken on purpose/);
  assert.ok(plan.cells.some((cell) => !cell.bracketed && /failed/.test(cell.reason!)));
  const again = await run(dir);
  assert.deepEqual(again.failed, []);
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('a run whose processes keep dying is given up after three without progress', async () => {
  const dir = scratch();
  const warnings: string[] = [];
  const { failed } = await fake({ FAKE_BREAK: 'exit:0.2' }, () =>
    run(dir, { onWarning: (line) => warnings.push(line) }),
  );
  assert.match(
    failed[0].error,
    /3 processes died on it without progress; the last process ended with SIGKILL/,
  );
  assert.match(warnings[0], /process ended with SIGKILL; continuing it/);
});

test('where no process can be started the runs fail, the study ends, and the next one goes on at once', async () => {
  const dir = scratch();
  const { execPath } = process;
  process.execPath = join(dir, 'no-node');
  try {
    const { ran, failed } = await run(dir);
    assert.ok(ran > 0 && failed.length === ran);
    assert.match(failed[0].error, /3 processes died on it without progress; .*ENOENT/);
  } finally {
    process.execPath = execPath;
  }
  await run(dir, { onWarning: assert.fail });
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('a full disk ends the study with one line and no failed run', async () => {
  const dir = scratch();
  await assert.rejects(
    fake({ FAKE_BREAK: 'full:0.2' }, () => run(dir)),
    (error: Error) =>
      error instanceof UserError &&
      /no space left on the device; free some space and run the same command again/.test(error.message),
  );
  assert.ok(readState(dir).runs.every(({ state }) => state !== 'failed'));
  await run(dir);
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('a second process in the same directory, or another study, is refused before anything is written', async () => {
  const dir = scratch();
  const lock = await lockStudy(dir);
  await assert.rejects(run(dir), /a study is already running there \(process \d+/);
  lock.release('finished');
  const before = readFileSync(join(reference, 'study.json'), 'utf8');
  await assert.rejects(run(reference, { study: { ...study, name: 'other' } }), /belongs to the study "fake"/);
  assert.equal(readFileSync(join(reference, 'study.json'), 'utf8'), before);
});

test('a damaged result is made again', async () => {
  const dir = scratch();
  await run(dir);
  const [id] = readdirSync(join(dir, 'runs'));
  writeFileSync(join(dir, 'runs', id, 'result.json'), '{"schema":1');
  const warnings: string[] = [];
  const { ran } = await run(dir, { onWarning: (line) => warnings.push(line) });
  assert.equal(ran, 1);
  assert.match(warnings[0], /is damaged; moved to/);
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('a damaged checkpoint is told, and costs no more than its steps', async () => {
  const dir = scratch();
  await stopInTheMiddle(dir);
  const { run: cut } = readState(dir).runs.find(({ state }) => state === 'interrupted')!;
  writeFileSync(join(dir, 'runs', cut.id, 'attempt-1', 'checkpoint.safetensors'), 'garbage');
  const warnings: string[] = [];
  await run(dir, { onWarning: (line) => warnings.push(line) });
  assert.match(
    warnings.join('\n'),
    new RegExp(`^run ${cut.id}: a checkpoint is damaged; it is kept as [^\n]*$`),
  );
  assert.deepEqual(fingerprint(dir), fingerprint(reference));
});

test('progress: cells and runs add up, the time to go is known before the end', async () => {
  const seen: StudyProgress[] = [];
  await run(scratch(), { onProgress: (p) => seen.push(p) });
  const last = seen.at(-1)!;
  assert.equal(last.cellsDone, last.cells);
  assert.equal(last.runsDone, last.runsExpected);
  assert.equal(last.etaSeconds, 0);
  assert.ok(seen.some((p) => p.running.length === 2 && p.etaSeconds! > 0));
});
