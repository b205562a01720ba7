// One attempt of a command: what it is told, how its words become a result, and that nothing of it survives.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InterruptedError } from '../core/errors.ts';
import { FullDiskError, ScriptError } from './errors.ts';
import { endProcessesWith, processesWith } from './processes.ts';
import { type CommandRun, runCommand } from './run-command.ts';

const metrics = { value: 'valLoss', loss: 'loss', step: 'step', tokens: 'tokens' };

/** An attempt of a Node script in a run's directory of its own. */
function attempt(code: string, change: Partial<CommandRun> = {}): CommandRun {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-script-'));
  writeFileSync(
    join(folder, 'script.mjs'),
    `import fs from 'node:fs';\nconst say = (line) => fs.appendFileSync(process.env.GAPLAB_METRICS, JSON.stringify(line) + '\\n');\n${code}`,
  );
  const attemptDir = join(folder, 'attempt-1');
  mkdirSync(attemptDir);
  return {
    argv: [process.execPath, 'script.mjs'],
    folder,
    parameters: { lr: 0.1 },
    run: 'abc',
    attemptDir,
    metrics,
    steps: 20,
    tokensPerStep: 8,
    signal: new AbortController().signal,
    onProgress() {},
    ...change,
  };
}

const linesOf = (run: CommandRun) =>
  readFileSync(join(run.attemptDir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the environment, the parameters and the lines of a run that goes well', async () => {
  const run = attempt(`
    const config = JSON.parse(fs.readFileSync(process.env.GAPLAB_CONFIG, 'utf8'));
    console.log(config.lr, process.env.GAPLAB_RUN_ID, process.env.GAPLAB_ATTEMPT, fs.statSync(process.env.GAPLAB_RUN_DIR).isDirectory(), '[' + process.env.GAPLAB_DEADLINE + ']');
    for (let step = 1; step <= 20; step++) say({ step, loss: 4 - step / 10, ...(step === 10 ? { valLoss: 3.5 } : {}) });
    say({ event: 'end', status: 'done', valLoss: '2.25', device: 'cuda:0' });`);
  const { seconds, tokensPerSecond, ...outcome } = await runCommand(run);
  assert.deepEqual(outcome, {
    status: 'done',
    ...{ step: 20, steps: 20, tokens: 160, trainLoss: 2, valLoss: 2.25 },
    end: { event: 'end', status: 'done', valLoss: '2.25', device: 'cuda:0' },
  });
  assert.ok(seconds > 0 && tokensPerSecond > 0);
  assert.equal(readFileSync(join(run.attemptDir, 'output.log'), 'utf8'), '0.1 abc 1 true []\n');
  const lines = linesOf(run);
  assert.deepEqual(
    lines.map(({ step }) => step),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.deepEqual([lines[9].loss, lines[9].valLoss, lines[9].tokens], [3, 3.5, 80]);
});

test('a number of tokens that is none is counted from the steps', async () => {
  const outcome = await runCommand(attempt(`say({ step: 20, tokens: 'nan', loss: 1, valLoss: 2 })`));
  assert.deepEqual([outcome.tokens, Number.isFinite(outcome.tokensPerSecond)], [160, true]);
});

test('lines of output are read by regular expressions, bar and all', async () => {
  const run = attempt(
    `process.stdout.write('iter 1: loss 3.5\\riter 2: loss 3.25, time 1ms\\r\\n'); console.log('step 2: val loss 1e1') `,
    {
      metrics: {
        ...metrics,
        stdout: ['iter (?<step>\\d+): loss (?<loss>[\\d.]+)', 'val loss (?<valLoss>[\\d.]+)'],
      },
      steps: 2,
    },
  );
  const outcome = await runCommand(run);
  assert.equal(outcome.status, 'done');
  assert.equal(outcome.valLoss, 10);
  assert.deepEqual(
    linesOf(run).map(({ step, loss }) => [step, loss]),
    [
      [1, 3.5],
      [2, 3.25],
    ],
  );
});

for (const [what, code] of [
  ['bare NaN in a file', `fs.appendFileSync(process.env.GAPLAB_METRICS, '{"step": 3, "loss": NaN}\\n')`],
  ['a text', `say({ step: 3, loss: 'nan' })`],
  [
    'infinite, and an exit code',
    `fs.appendFileSync(process.env.GAPLAB_METRICS, '{"step": 3, "loss": -Infinity}\\n'); process.exitCode = 1`,
  ],
] as const)
  test(`a loss that is not finite is divergence: ${what}`, async () => {
    const outcome = await runCommand(attempt(code));
    assert.equal(outcome.status, 'diverged');
    assert.match(outcome.reason!, /^loss is (NaN|-Infinity) at step 3$/);
    assert.equal(outcome.valLoss, null);
  });

test('a script that goes on after NaN is stopped', async () => {
  const outcome = await runCommand(attempt(`say({ step: 1, loss: 'NaN' }); setInterval(() => {}, 1000)`));
  assert.equal(outcome.status, 'diverged');
});

test('NaN in output is found where an expression knows digits alone', async () => {
  const run = attempt(`console.log('val loss nan')`, {
    metrics: { ...metrics, stdout: ['val loss (?<valLoss>[\\d.]+)'] },
  });
  assert.equal((await runCommand(run)).reason, 'valLoss is NaN at step 0');
});

test('a loss above guessing for a tenth of the run is divergence, one at the end too', async () => {
  const long = `for (let step = 1; step <= 300; step++) say({ step, loss: 9 }); setInterval(() => {}, 1000)`;
  const outcome = await runCommand(attempt(long, { steps: 300, guessLoss: 4 }));
  assert.match(outcome.reason!, /^loss above that of guessing \(4\.20\) for 30 steps, at step 31$/);
  const end = await runCommand(attempt(`say({ step: 20, valLoss: 1e5 })`, { guessLoss: 4 }));
  assert.match(end.reason!, /100000\.00, is above that of guessing/);
  const fine = await runCommand(attempt(`say({ step: 20, loss: 1, valLoss: 1e5 })`, { guessLoss: 4 }));
  assert.equal(fine.valLoss, 1e5);
});

for (const [what, code, reason, again] of [
  [
    'no metric',
    `console.log('done')`,
    /exit code 0, but valLoss was never a number: no metric was seen at all: it printed 1 line, the last one "done"$/,
    false,
  ],
  [
    'another key',
    `say({ step: 1, val_loss: 2, loss: null })`,
    /seen were step, val_loss, loss \(null\)$/,
    false,
  ],
  ['a text', `say({ valLoss: 'tensor(2.5)' })`, /valLoss was "tensor\(2\.5\)", which is no number$/, false],
  [
    'a wrong end record',
    `say({ event: 'end', status: 'ok', valLoss: null })`,
    /an end record needs "status"/,
    false,
  ],
  ['an exit code', `console.error('Error: no data'); process.exit(3)`, /^exit code 3: Error: no data$/, true],
  ['a signal', `process.kill(process.pid, 'SIGKILL')`, /^killed by SIGKILL$/, true],
  ['an end record', `say({ event: 'end', status: 'failed', reason: 'no data' })`, /^no data$/, true],
] as const)
  test(`a failure is told in one line: ${what}`, async () => {
    await assert.rejects(runCommand(attempt(code)), (error) => {
      assert.ok(error instanceof ScriptError);
      assert.match(error.message, reason);
      assert.equal(error.again, again);
      return true;
    });
  });

test('a command that cannot be started, and a disk without room', async () => {
  await assert.rejects(runCommand(attempt('', { argv: ['/no/such/program'] })), /cannot be started.*ENOENT/);
  const full = attempt(`console.error("OSError: [Errno 28] No space left on device"); process.exit(1)`);
  await assert.rejects(runCommand(full), FullDiskError);
});

test('75 and the event mean: to be continued', async () => {
  for (const code of ['process.exit(75)', `say({ event: 'interrupted' })`])
    await assert.rejects(runCommand(attempt(code)), (error) => error instanceof ScriptError && error.again);
});

/** Saves its step when it is asked to end, and goes on from there. */
const SAVES = `
    const file = process.env.GAPLAB_RUN_DIR + '/state';
    let step = fs.existsSync(file) ? Number(fs.readFileSync(file)) : 0;
    process.on('SIGTERM', () => { fs.writeFileSync(file, String(step)); process.exit(0); });
    while (step < 20) { say({ step: ++step, loss: 5 - step / 10 }); await new Promise((r) => setTimeout(r, 20)); }
    say({ event: 'end', status: 'done', valLoss: 1 });`;

for (const [what, number] of [
  ['the next attempt', 2],
  ['an attempt after one that ended before its first step', 3],
] as const)
  test(`a stop reaches the group; ${what} finds the files and keeps the lines before its first step`, async () => {
    const stopper = new AbortController();
    const first = attempt(SAVES, {
      signal: stopper.signal,
      onProgress: ({ step }) => step >= 5 && stopper.abort(),
    });
    await assert.rejects(runCommand(first), InterruptedError);
    const folder = (n: number) => join(first.folder, `attempt-${n}`);
    for (let n = 2; n <= number; n++) mkdirSync(folder(n));
    const last = {
      ...first,
      attemptDir: folder(number),
      signal: new AbortController().signal,
      onProgress() {},
    };
    assert.equal((await runCommand(last)).status, 'done');
    assert.deepEqual(
      linesOf(last).map(({ step }) => step),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

test('a script that does not listen to SIGTERM is killed after its grace', async () => {
  const warnings: string[] = [];
  const stopper = new AbortController();
  const run = attempt(
    `process.on('SIGTERM', () => {}); say({ step: 1, loss: 1 }); setInterval(() => {}, 1000)`,
    {
      signal: stopper.signal,
      graceSeconds: 0.3,
      onProgress: () => stopper.abort(),
      onWarning: (line) => warnings.push(line),
    },
  );
  await assert.rejects(runCommand(run), InterruptedError);
  assert.match(warnings.join(), /did not end within 0\.3 seconds of SIGTERM and was killed/);
});

test('what a script leaves behind is ended, whatever group it went to', {
  skip: process.platform !== 'linux' && 'Linux tells environments',
}, async () => {
  const warnings: string[] = [];
  const run = attempt(
    `import { spawn } from 'node:child_process';
    spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' }).unref();
    await new Promise((r) => setTimeout(r, 300)); say({ event: 'end', status: 'done', valLoss: 1 });`,
    { onWarning: (line) => warnings.push(line) },
  );
  assert.equal((await runCommand(run)).status, 'done');
  assert.match(warnings.join(), /left 1 process running: they were ended/);
  const place = join(run.folder, 'files');
  assert.ok(existsSync(place));
  assert.deepEqual(processesWith('GAPLAB_RUN_DIR', place), []);
  assert.equal(await endProcessesWith('GAPLAB_RUN_DIR', place, 0), 0);
});
