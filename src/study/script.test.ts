// Studies of a script: made once, whatever is killed; failures told in one line.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { runStudy } from '../report/run-study.ts';
import { processesWith } from '../script/processes.ts';
import { readMetrics } from '../store/lines.ts';
import { readResult } from '../store/runs.ts';
import { runId } from '../train/run-id.ts';
import { loadStudy } from './load.ts';
import { runConfigFor } from './points.ts';
import { draftStudy, resolveScript } from './resolve.ts';
import type { StudyInput } from './schema.ts';
import { SCRIPT, type StudyChange, scriptStudy } from './script.testing.ts';

const grid = {
  sgd: { args: { opt: 'sgd' }, momentum: 0.9, lr: [0.25, 0.5, 1] },
  adam: { args: { opt: 'adam' }, lr: [0.01, 0.02, 0.04] },
};

/** The summary of a study without what depends on time. */
const essence = ({ summary }: Awaited<ReturnType<typeof runStudy>>) => ({
  cells: summary.cells,
  gaps: summary.gaps,
  answer: summary.answer,
});

/** What a run's script was told, once for each attempt. */
const callsOf = (runDir: string) =>
  readFileSync(join(runDir, 'files/calls.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a script is tuned, reported, and not run again', async () => {
  const { folder, study } = scriptStudy();
  const out = join(folder, 'out');
  const first = await runStudy({ study, out, jobs: 2 });
  assert.deepEqual(first.failed, []);
  assert.ok(first.summary.cells.every(({ bracketed }) => bracketed));
  assert.deepEqual(
    first.summary.gaps.map(({ batchSize, gap, method }) => [batchSize, Number(gap.toFixed(4)), method]),
    [
      [1, 0.01, 'welch-t'],
      [4, 0.04, 'welch-t'],
    ],
  );
  const { runId: id, lr } = first.summary.cells.find(
    ({ optimizer, batchSize }) => optimizer === 'sgd' && batchSize === 4,
  )!.best!;
  assert.equal(lr, 1);
  const runDir = join(out, 'runs', id);
  assert.deepEqual(callsOf(runDir), [
    {
      args: {
        out: join(runDir, 'files'),
        opt: 'sgd',
        learning_rate: '1',
        batch_size: '4',
        max_steps: '20',
        seed: '1',
        momentum: '0.9',
      },
      attempt: '1',
    },
  ]);
  const result = readResult(runDir);
  assert.ok(result?.status === 'done');
  assert.deepEqual(
    readMetrics(runDir, result).lines.map(({ step }) => step),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  assert.match(page, /Its seeds do not pair/);
  assert.match(page, /2 seeds of each, unpaired/);
  assert.doesNotMatch(page, /undefined|NaN/);
  const second = await runStudy({ study, out, jobs: 2 });
  assert.equal(second.ran, 0);
  assert.deepEqual(essence(second), essence(first));
});

test('ids of scripts are their own, and depend on what the script is and gets', () => {
  const { folder, study } = scriptStudy();
  const id = (change: StudyChange = {}, point = {}) => {
    const draft = draftStudy(
      loadStudy({
        ...study,
        ...change,
        trainer: { ...study.trainer, ...change.trainer },
      } as unknown as StudyInput),
    );
    const frozen = resolveScript({ ...draft, trainer: draft.trainer! });
    const config = runConfigFor(frozen, {
      optimizer: 'sgd',
      batchSize: 4,
      model: 'train.mjs',
      tokens: 80,
      lr: 0.5,
      hyper: { momentum: 0.9 },
      seed: 1,
      ...point,
    });
    assert.equal((config as { kind?: string }).kind, 'script');
    return runId(config);
  };
  const usual = id();
  // Who looks at it and where it stands is no part of a run.
  for (const same of [{ title: 'x' }, { trainer: { paired: true, grace: 5 } }]) assert.equal(id(same), usual);
  const others = [
    id({}, { seed: 2 }),
    id({}, { lr: 0.25 }),
    id({}, { optimizer: 'adam', hyper: {} }),
    id({ trainer: { guessLoss: 4 } }),
    id({ trainer: { version: 'v2' } }),
    id({ trainer: { metrics: { stdout: ['loss (?<valLoss>\\S+)'] } } }),
  ];
  writeFileSync(join(folder, 'train.mjs'), `${SCRIPT}// changed\n`);
  assert.equal(new Set([usual, ...others, id()]).size, others.length + 2);
});

test('failures name what is wrong, are retried, and three in a row end the study', async () => {
  const { folder, study } = scriptStudy({ optimizers: grid }, 'console.log("no data here"); process.exit(3)');
  const warnings: string[] = [];
  const out = join(folder, 'out');
  await assert.rejects(runStudy({ study, out, onWarning: (line) => warnings.push(line) }), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(
      error.message,
      /^the last \d+ runs failed, each in another setting: exit code 3: no data here \(its whole output: .*output\.log\)/,
    );
    return true;
  });
  assert.ok(warnings.includes('| no data here'));
  const failed = readdirSync(join(out, 'runs')).filter(
    (id) => readResult(join(out, 'runs', id))?.status === 'failed',
  );
  assert.deepEqual(
    readdirSync(join(out, 'runs', failed[0])).filter((name) => name.startsWith('attempt')),
    ['attempt-1', 'attempt-2', 'attempt-3'],
  );
  // Mended, the same study makes everything.
  writeFileSync(join(folder, 'train.mjs'), SCRIPT);
  assert.deepEqual((await runStudy({ study, out, jobs: 2 })).failed, []);
});

test('one setting that fails ends nothing, and a script without its metric is tried once', async () => {
  const text = SCRIPT.replace(`console.log('val loss '`, `if (lr !== 1) console.log('val loss '`);
  const { folder, study } = scriptStudy({ optimizers: { sgd: grid.sgd }, batchSizes: [1] }, text);
  const { failed } = await runStudy({ study, out: join(folder, 'out'), jobs: 2 });
  assert.deepEqual(
    failed.map(({ error }) => error),
    ['it ended with exit code 0, but valLoss was never a number: seen were step, loss'],
  );
  assert.ok(!existsSync(join(folder, 'out/runs', failed[0].run.id, 'attempt-2')));
});

test('a script that changes while its study runs ends it, before runs of two scripts meet', async () => {
  const { folder, study } = scriptStudy({ optimizers: grid });
  const out = join(folder, 'out');
  let changed = false;
  const onRun = () => {
    if (!changed) writeFileSync(join(folder, 'train.mjs'), `${SCRIPT}\n// another\n`);
    changed = true;
  };
  await assert.rejects(runStudy({ study, out, onRun }), /is not the one that the study began with/);
  const again = await runStudy({ study, out, jobs: 2 });
  assert.deepEqual([again.failed, again.ran], [[], 20]);
});

/** `gaplab study` of the study in `folder`, in a process group of its own. */
function start(folder: string): ChildProcess {
  const args = [
    resolve(import.meta.dirname, '../cli.ts'),
    'study',
    'study.json',
    '--out',
    'out',
    '--jobs',
    '2',
  ];
  return spawn(process.execPath, args, { cwd: folder, detached: true, stdio: 'ignore' });
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

test('kill -9 of gaplab, of all its processes, and of scripts: nothing is run twice to a result', async (t) => {
  if (process.platform !== 'linux') return t.skip('Linux tells what processes are left');
  const slow = { step_ms: 40 };
  const { folder, study } = scriptStudy({
    optimizers: {
      sgd: { ...grid.sgd, args: { opt: 'sgd', ...slow } },
      adam: { ...grid.adam, args: { opt: 'adam', ...slow } },
    },
    trainer: { grace: 5 },
  });
  writeFileSync(join(folder, 'study.json'), JSON.stringify(study));
  const out = join(folder, 'out');
  const runsDir = join(out, 'runs');
  const scripts = () =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`--out=${runsDir}`))
      .map(Number);
  const isRunning = async () => {
    while (scripts().length === 0) await sleep(20);
    await sleep(150);
  };
  const results = () =>
    !existsSync(runsDir)
      ? []
      : readdirSync(runsDir).flatMap((id) =>
          existsSync(join(runsDir, id, 'result.json'))
            ? [readFileSync(join(runsDir, id, 'result.json'), 'utf8')]
            : [],
        );
  const kept: string[] = [];
  for (const what of ['gaplab', 'all', 'scripts'] as const) {
    const child = start(folder);
    await isRunning();
    if (what === 'gaplab') child.kill('SIGKILL');
    if (what === 'all') process.kill(-child.pid!, 'SIGKILL');
    if (what === 'scripts') {
      for (const pid of scripts()) process.kill(pid, 'SIGKILL');
      await isRunning();
      child.kill('SIGTERM');
    }
    await ended(child);
    kept.push(...results());
  }
  const last = await runStudy({ study: join(folder, 'study.json'), out, jobs: 2 });
  assert.deepEqual(last.failed, []);
  for (const one of kept) assert.ok(results().includes(one), 'a result was replaced');
  const undisturbed = await runStudy({
    study: join(folder, 'study.json'),
    out: join(folder, 'other'),
    jobs: 2,
  });
  assert.deepEqual(essence(last), essence(undisturbed));
  assert.deepEqual(scripts(), []);
  for (const id of readdirSync(runsDir))
    assert.deepEqual(processesWith('GAPLAB_RUN_DIR', join(runsDir, id, 'files')), []);
  assert.ok(
    readdirSync(runsDir).some((id) => callsOf(join(runsDir, id)).length > 1),
    'no run was interrupted',
  );
  assert.equal((await runStudy({ study: join(folder, 'study.json'), out, jobs: 2 })).ran, 0);
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
