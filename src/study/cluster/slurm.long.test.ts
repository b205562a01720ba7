// Studies by workers under a real Slurm, started here, and everything that can happen to such workers.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { summarize } from '../../report/index.ts';
import { attempts, leaseState } from '../../store/attempt.ts';
import { assertSameRuns, timeless } from '../crash.testing.ts';
import { readState } from '../state.ts';
import { type Slurm, slurmLacks, startSlurm } from './slurm.testing.ts';

const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'gaplab-cluster-')));

/**
 * Long enough that much is left while Slurm queues a job again, which takes it some seconds; short
 * enough to be made again: eight runs of ten seconds or more.
 */
writeFileSync(
  join(root, 'faults.yaml'),
  `name: faults
model: tiny
data: {corpus: sotu, vocabSize: 512}
tokens: 6000000
batchSizes: [32]
optimizers:
  sgd: {lr: {guess: 0.5}}
  adam: {lr: {guess: 0.008}}
maxPoints: 3
seeds: {final: 2}
eval: {tokens: 4096}
launcher: {workers: 2}
`,
);

const lacks = slurmLacks();

describe('under Slurm', { skip: lacks }, () => {
  let slurm: Slurm;
  before(async () => {
    slurm = await startSlurm();
  });
  after(() => {
    slurm?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const gaplab = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      encoding: 'utf8',
      env: slurm.env,
    });
    return { status, text: stdout + stderr };
  };
  const start = (...args: string[]) =>
    spawn(process.execPath, [cli, ...args], { env: slurm.env, stdio: ['ignore', 'ignore', 'pipe'] });
  /** Exit code; of a child that has ended already, too. */
  const ended = async (child: ChildProcess) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  };
  /** Job numbers of the workers in the queue, in one state or in any. */
  const jobs = (...states: string[]) =>
    slurm
      .run('squeue', '-h', '-r', '-o', '%A %T')
      .split('\n')
      .filter((line) => line !== '' && (states.length === 0 || states.includes(line.split(' ')[1])))
      .map((line) => line.split(' ')[0]);
  const until = async (what: string, is: () => boolean, seconds = 300) => {
    for (const end = Date.now() + seconds * 1000; !is(); await sleep(200))
      assert.ok(Date.now() < end, `${what}: not within ${seconds} s; the queue: ${slurm.run('squeue')}`);
  };
  const runsIn = (dir: string) => readdirSync(join(dir, 'runs'));
  /** How many runs are being trained. */
  const live = (dir: string) =>
    runsIn(dir).filter((id) => leaseState(join(dir, 'runs', id)) === 'live').length;
  const done = (dir: string) => readState(dir).plan.done;
  /**
   * Queued again, a job waits two minutes; the test waits only until Slurm has cleared its last turn away.
   */
  const hurry = async () => {
    await sleep(3000);
    for (const job of jobs('PENDING')) slurm.run('scontrol', 'update', `JobId=${job}`, 'StartTime=now');
  };
  /** Results never change and nothing is trained after its result; the summary is that of the calm study. */
  const assertSame = async (wild: string, calm: string) => {
    assertSameRuns(wild, calm);
    assert.deepEqual(timeless(await summarize(wild)), timeless(await summarize(calm)));
    for (const id of runsIn(wild))
      for (const n of attempts(join(wild, 'runs', id))) {
        const log = join(wild, 'runs', id, `attempt-${n}`, 'log.txt');
        assert.doesNotMatch(readFileSync(log, { encoding: 'utf8', flag: 'a+' }), /published first|DIFFERENT/);
      }
  };

  test('the smoke study by two workers ends with the summary of a local one', {
    timeout: 900_000,
  }, async () => {
    const [local, queued] = [join(root, 'smoke-local'), join(root, 'smoke-slurm')];
    // Of some length, so that the second worker finds work, too.
    const study = ['study', 'smoke', '--set', 'tokens=65536'];
    assert.equal(gaplab(...study, '--threads', '1', '--out', local).status, 0);
    const submit = () =>
      gaplab(...study, '--launcher', 'slurm', '--set', 'launcher.workers=2', '--out', queued);
    const { status, text } = submit();
    assert.equal(status, 0, text);
    assert.match(text, /submitted 2 workers as job \d+/);
    await assertSame(queued, local);
    // Both had their share.
    const logs = readdirSync(join(queued, 'slurm')).filter((name) => name.endsWith('.log'));
    assert.equal(logs.length, 2);
    // Again: nothing is submitted, nothing is run.
    const again = submit();
    assert.match(again.text, /Nothing was left to run/);
    assert.doesNotMatch(again.text, /submitted/);
  });

  test('kills, requeues, a dead node, cancellation and a second start lose nothing and repeat nothing', {
    timeout: 1_500_000,
  }, async (t) => {
    const study = join(root, 'faults.yaml');
    const [calm, wild] = [join(root, 'calm'), join(root, 'wild')];
    assert.equal(gaplab('study', study, '--launcher', 'local', '--jobs', '2', '--out', calm).status, 0);

    // The view is killed as soon as workers are there: they go on.
    const view = start('study', study, '--out', wild);
    await until(
      'two runs are under way',
      () => readdirSync(root).includes('wild') && runs(wild) && live(wild) === 2,
    );
    view.kill('SIGKILL');
    await ended(view);

    // A worker is killed: Slurm takes its job for failed, the other one goes on.
    // The same command submits one more, and no more.
    const [first] = jobs('RUNNING');
    const worker = workerOf(first);
    process.kill(worker, 'SIGKILL');
    await slurm.until(first, (state) => state !== 'RUNNING' && state !== 'COMPLETING');
    const second = start('study', study, '--out', wild);
    let said = '';
    second.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('a worker in its place', () => jobs('RUNNING').length === 2 && live(wild) === 2);
    assert.match(said, /submitted 1 worker as job \d+, beside 1 worker in the queue already/);

    // A running job is put back into the queue, where it waits.
    const [requeued] = jobs('RUNNING');
    slurm.run('scontrol', 'requeue', requeued);
    await slurm.until(requeued, (state) => state === 'PENDING');
    await hurry();
    await until('it runs again', () => jobs('RUNNING').length === 2 && live(wild) === 2);

    // The node's daemon dies, its processes live on as zombies; Slurm gives the node
    // up and queues its jobs again.
    slurm.killNode();
    await until('the jobs are given up', () => jobs('RUNNING').length === 0);
    await slurm.startNode();
    await hurry();
    await until('somebody works, or all is done', () => done(wild) || live(wild) > 0);

    // All is cancelled: the view says so, unless the study was faster.
    slurm.run('scancel', '--user=root');
    await until('the queue is empty', () => jobs().length === 0);
    const code = await ended(second);
    assert.equal(code, done(wild) ? 0 : 2, said);
    t.diagnostic(code === 2 ? 'cancelled in the middle' : 'finished before it was cancelled');
    if (code === 2)
      assert.match(
        said.replaceAll(/\s+/g, ' '),
        /no worker is left in the queue, and the study is not finished/,
      );

    const last = gaplab('study', study, '--out', wild);
    assert.equal(last.status, 0, last.text);
    await assertSame(wild, calm);

    // A slip of the finger: a job that has ended is queued again. It finds nothing to do.
    const submitted = /submitted \d workers? as job (\d+)/.exec(last.text)?.[1];
    const finished = submitted ? `${submitted}_0` : requeued;
    await until('the last workers are gone', () => jobs().length === 0);
    slurm.run('scontrol', 'requeue', finished);
    await slurm.until(finished, (state) => state === 'PENDING');
    await hurry();
    await until('it has ended again', () => jobs().length === 0);
    await slurm.until(finished, (state) => state === 'COMPLETED');
    await assertSame(wild, calm);
  });

  test('a time limit in the middle of a run: a checkpoint, and the worker goes on in its next turn', {
    timeout: 900_000,
  }, async () => {
    const study = join(root, 'long.yaml');
    writeFileSync(
      study,
      `name: long
model: tiny
data: {corpus: sotu, vocabSize: 512}
tokens: 60000000
batchSizes: [32]
optimizers: {adam: {lr: [0.008]}}
seeds: {final: 1}
eval: {tokens: 4096}
launcher: {workers: 1, time: 1}
`,
    );
    const dir = join(root, 'long');
    const view = start('study', study, '--out', dir);
    let said = '';
    view.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(
      'a run is under way',
      () => readdirSync(root).includes('long') && runs(dir) && live(dir) === 1,
    );
    const [job] = jobs('RUNNING');
    // Slurm ends the job after a minute, and tells it some time before.
    await slurm.until(job, (state) => state === 'PENDING');
    const [id] = runsIn(dir);
    assert.equal(leaseState(join(dir, 'runs', id)), 'ended');
    assert.ok(readdirSync(join(dir, 'runs', id, 'attempt-1')).includes('checkpoint.safetensors'));
    const [log] = readdirSync(join(dir, 'slurm')).filter((name) => name.endsWith('.log'));
    const words = () => readFileSync(join(dir, 'slurm', log), 'utf8').replaceAll(/\s+/g, ' ');
    assert.match(words(), /checkpoints are written; other workers, or this command, go on\. .*queued again/);
    // With more time it ends in its second turn, whose log is added to the first.
    slurm.run('scontrol', 'update', `JobId=${job}`, 'TimeLimit=30');
    await hurry();
    assert.equal(await ended(view), 0, `${said}\n${words()}`);
    assert.match(
      readFileSync(join(dir, 'runs', id, 'attempt-2', 'log.txt'), 'utf8'),
      /continues from the checkpoint of attempt 1/,
    );
    await until('the worker is gone', () => jobs().length === 0);
    assert.match(words(), /queued again.* is finished; this worker made 1 run/);
  });

  test('what Slurm refuses is one line, and nothing is lost', () => {
    const out = join(root, 'refused');
    const { status, text } = gaplab(
      'study',
      'smoke',
      '--launcher',
      'slurm',
      '--set',
      'launcher.partition=none',
      '--out',
      out,
    );
    assert.equal(status, 2);
    assert.match(
      text.replaceAll(/\s+/g, ' '),
      /the workers were not submitted: Slurm says: .*invalid partition specified: none/,
    );
    assert.equal(
      gaplab('study', 'smoke', '--set', 'tokens=4096', '--set', 'name=smoke', '--out', out).status,
      0,
    );
  });

  /** The process of a job's worker, which is not one of the processes that it has started. */
  function workerOf(job: string): number {
    const pids = slurm
      .run('scontrol', 'listpids', job)
      .split('\n')
      .map((line) => Number(/^\d+/.exec(line)?.[0]))
      .filter((pid) => pid > 0);
    const found = pids.find((pid) => /worker\0--study/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
    assert.ok(found, `no worker among ${pids}`);
    return found;
  }
  function runs(dir: string): boolean {
    return readdirSync(dir).includes('runs');
  }
});
