// For tests: everything that can happen to a study's files, many times, chosen by a seed. After each, the study is made again and
// must end as one that was left alone. Run in full by scripts/campaign.ts, in small by campaign.long.test.ts.
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { createRng, type Rng } from '../core/rng.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { dyingAt, onWrites, refusing, type Writer } from '../files/faults.testing.ts';
import { unsealed } from '../files/seal.ts';
import { summarize } from '../report/index.ts';
import { attemptDir, attempts } from '../store/attempt.ts';
import { leaseText } from '../store/lease.ts';
import { readMetrics } from '../store/lines.ts';
import { holder } from '../store/process.ts';
import { readResult } from '../store/runs.ts';
import { runId } from '../train/run-id.ts';
import type { createChildren } from './children.ts';
import { assertSameRuns, killRepeatedly, starter, timeless, workersOf } from './crash.testing.ts';
import { executeRun } from './execute.ts';
import { createTrainer } from './fake-trainer.testing.ts';
import { runConfigFor } from './points.ts';
import { executeStudy, type StudyOptions } from './run.ts';
import { sampleStudy } from './sample.testing.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-campaign-'));
const point = {
  optimizer: 'sgd',
  batchSize: 4,
  model: 'tiny',
  tokens: 4096,
  lr: 0.1,
  hyper: { momentum: 0.9 },
  seed: 1,
};
const config = runConfigFor(sampleStudy(), point);
process.env.FAKE_MS = '0';
const train = createTrainer({});
const quiet = { threads: 1, signal: new AbortController().signal, onProgress() {} };

const finished = () => {
  const runDir = join(scratch(), runId(config));
  return executeRun(runDir, config, train, quiet).then(() => ({ runDir, ...ending(runDir) }));
};

/** What a run left that must not depend on what happened to it. */
function ending(runDir: string): { params: string; metrics: unknown } {
  const result = readResult(runDir);
  assert.ok(result?.status === 'done', 'the run is not done');
  const { lines, damage } = readMetrics(runDir, result);
  assert.equal(damage, undefined);
  return { params: result.paramsSha256!, metrics: lines };
}

/** Makes the leases of this process look like those of one that is dead: the simulation of its death is this process. */
function bury(runDir: string): void {
  for (const n of attempts(runDir)) {
    const path = join(attemptDir(runDir, n), 'lease.json');
    const lease = holder.safeParse(unsealed(parseJson(readIfThere(path) ?? '')));
    if (lease.success) writeFileSync(path, leaseText({ ...lease.data, start: '0' }));
  }
}

/** Runs once, dying at write `at`; false when it ended before. */
async function dying(runDir: string, at: number): Promise<boolean> {
  const death = dyingAt(at);
  const error = await executeRun(runDir, config, train, quiet).then(
    () => undefined,
    (thrown) => thrown,
  );
  const dead = death.end();
  if (error !== undefined && !dead) throw error;
  bury(runDir);
  return dead;
}

/** A run dies at its first write, the next one at its second, ..., each is continued to its end; then runs that die several times. */
export async function deathsAtEveryWrite(links: boolean, rng: Rng, deaths: number): Promise<number> {
  const calm = await finished();
  let count = 0;
  const once = async (ats: readonly number[]) => {
    const runDir = join(scratch(), runId(config));
    for (const at of ats) if (await dying(runDir, at)) count++;
    await executeRun(runDir, config, train, quiet);
    assert.deepEqual(ending(runDir), { params: calm.params, metrics: calm.metrics }, `deaths at ${ats}`);
    rmSync(dirname(runDir), { recursive: true });
  };
  const all = async () => {
    for (let at = 1; count < deaths; at++) {
      const before = count;
      await once([at]);
      if (count === before) break; // it has fewer writes
    }
    while (count < deaths) await once(Array.from({ length: 2 + rng.below(6) }, () => 1 + rng.below(60)));
  };
  await (links ? all() : refusing(['linkSync'], 'EPERM', all));
  return count;
}

/** The disk is full, or read-only, from the n-th write on: one line for the user, and the same bits once there is space. */
export async function refusedWrites(code: 'ENOSPC' | 'EROFS' | 'EDQUOT', most: number): Promise<number> {
  const calm = await finished();
  for (let at = 1; at <= most; at++) {
    const runDir = join(scratch(), runId(config));
    let refused: Writer | undefined;
    const restore = onWrites((name, n, half) => {
      if (n < at || name === 'rmSync') return;
      refused ??= name;
      half();
      throw Object.assign(new Error(`${code}: on purpose`), { code });
    });
    try {
      const result = await executeRun(runDir, config, train, quiet);
      // Cleaning up after the result may fail; the result stands.
      assert.ok(
        result !== 'busy' && result.status === 'done',
        `write ${at} (${refused}): ${JSON.stringify(result)}`,
      );
    } catch (error) {
      assert.ok(error instanceof UserError, `write ${at} (${refused}): ${(error as Error).stack}`);
    } finally {
      restore();
    }
    bury(runDir);
    await executeRun(runDir, config, train, quiet);
    assert.deepEqual(ending(runDir), { params: calm.params, metrics: calm.metrics }, `refused from ${at} on`);
    rmSync(dirname(runDir), { recursive: true });
    if (!refused) return at - 1;
  }
  return most;
}

const facts = {
  corpus: 'fake',
  fingerprint: 'ab',
  vocabSize: 512,
  train: { length: 1e6 },
  validation: { length: 1e5 },
};

/** Runs in this process: damage is done between studies, not to processes. */
const inProcess: typeof createChildren = ({ runsDir, warn }) => ({
  start: (run, silent) =>
    executeRun(join(runsDir, run.id), run.config, train, { ...quiet, silent, onWarning: warn }),
  stop: async () => {},
  pids: () => [],
});

/** A small study. */
function study(out: string, options: Partial<StudyOptions> = {}) {
  return executeStudy({
    study: {
      name: 'campaign',
      model: 'tiny',
      tokens: 8192,
      batchSizes: [2],
      seeds: { fresh: 1 },
      optimizers: { sgd: { lr: { guess: 0.1 } }, adam: { lr: { guess: 0.002 } } },
    },
    out,
    jobs: 2,
    children: inProcess,
    prepare: async () => facts,
    ...options,
  });
}

/** A study that died at its n-th write: some runs are finished, others have a checkpoint. */
async function half(dir: string, at: number): Promise<void> {
  const death = dyingAt(at);
  await study(dir).catch(() => {});
  assert.ok(death.end());
  for (const id of readdirSync(join(dir, 'runs'))) bury(join(dir, 'runs', id));
  const lock = join(dir, 'lock', '1.json');
  writeFileSync(
    lock,
    leaseText({ ...holder.parse(unsealed(parseJson(readFileSync(lock, 'utf8')))), start: '0' }),
  );
}

function files(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below)).flatMap((name) => {
    const path = join(below, name);
    return statSync(join(dir, path)).isDirectory() ? files(dir, path) : [path];
  });
}

const kinds = ['flip', 'flip', 'flip', 'cut', 'zeros', 'empty', 'delete', 'swap', 'append'] as const;

/** Damages one file of a study. Gives what was done, or undefined when nothing has changed. */
function damage(dir: string, rng: Rng): string | undefined {
  const all = files(dir);
  const name = all[rng.below(all.length)];
  const path = join(dir, name);
  const bytes = readFileSync(path);
  const kind = kinds[rng.below(kinds.length)];
  const at = rng.below(Math.max(1, bytes.length));
  if (kind === 'delete') rmSync(path);
  else if (kind === 'empty') writeFileSync(path, '');
  else if (kind === 'cut') writeFileSync(path, bytes.subarray(0, at));
  else if (kind === 'zeros')
    writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.alloc(bytes.length - at)]));
  else if (kind === 'append') writeFileSync(path, Buffer.concat([bytes, bytes.subarray(0, at)]));
  else if (kind === 'swap') {
    const last = name.split(/[\\/]/).at(-1)!;
    const others = all.filter((other) => other !== name && other.endsWith(last));
    if (others.length === 0) return undefined;
    const other = join(dir, others[rng.below(others.length)]);
    const theirs = readFileSync(other);
    writeFileSync(other, bytes);
    writeFileSync(path, theirs);
  } else if (bytes.length > 0) {
    bytes[at] ^= 1 << rng.below(8);
    writeFileSync(path, bytes);
  } else return undefined;
  return `${kind} of ${name}${kind === 'flip' || kind === 'cut' ? ` at ${at}` : ''}`;
}

/** Numbers of a summary that its readers believe. */
const believed = (summary: Awaited<ReturnType<typeof summarize>>) => summary.cells.map(({ best }) => best);

/** A summary without what time decides, and which curves are left out as damaged. */
function told(summary: Awaited<ReturnType<typeof summarize>>) {
  const caveats = summary.caveats.filter((line) => !/^Curves and probes of .* are left out/.test(line));
  return timeless({ ...summary, caveats });
}

/**
 * Damages one file of a finished or an interrupted study, reads it, and makes it again. Reading may miss a run, and may refuse with a
 * line; it never gives another number. Made again, the study is as if nothing had happened. Gives how many damages there were.
 */
export async function damages(
  seed: number,
  most: number,
  log: (line: string) => void,
): Promise<Record<string, number>> {
  const rng = createRng(seed, 'damages');
  const root = scratch();
  const [calm, broken] = [join(root, 'calm'), join(root, 'half')];
  await study(calm);
  await half(broken, 500);
  const whole = await summarize(calm);
  const losses = believed(whole);
  const count: Record<string, number> = {};
  for (let n = 0; n < most; n++) {
    const dir = join(root, 'damaged');
    cpSync(n % 5 === 0 ? broken : calm, dir, { recursive: true });
    const what = damage(dir, rng);
    if (what) {
      try {
        const seen = believed(await summarize(dir));
        for (const [i, best] of seen.entries())
          if (best && n % 5 !== 0)
            assert.ok(best.valLoss >= losses[i]!.valLoss - 1e-12, `${what}: another loss is believed`);
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`${what}: ${(error as Error).stack}`);
      }
      const start = performance.now();
      try {
        await study(dir);
      } catch (error) {
        throw new Error(`${what}: ${(error as Error).stack}`);
      }
      assert.ok(performance.now() - start < 20_000, `${what}: took too long`);
      assert.deepEqual(told(await summarize(dir)), told(whole), what);
      for (const id of readdirSync(join(dir, 'runs')))
        if (existsSync(join(calm, 'runs', id))) compare(join(dir, 'runs', id), join(calm, 'runs', id), what);
      const kind = what.split(' ')[0];
      count[kind] = (count[kind] ?? 0) + 1;
    }
    rmSync(dir, { recursive: true });
    if (n % 50 === 49) log(`${n + 1} damages`);
  }
  rmSync(root, { recursive: true });
  return count;
}

/** Processes of studies are killed: workers, parents, whole groups, each study `kills` times. */
export async function kills(studies: number, kills: number): Promise<Record<string, number>> {
  const root = scratch();
  const start = starter(root);
  const calm = join(root, 'calm');
  assert.equal(await start(calm, { ms: 20 }).ended, 0);
  const hit: Record<string, number> = { worker: 0, parent: 0, all: 0 };
  for (let n = 0; n < studies; n++) {
    const wild = join(root, `wild-${n}`);
    for (const [who, times] of Object.entries(
      await killRepeatedly(wild, () => start(wild), { kills, spreadMs: 400 }),
    ))
      hit[who] += times;
    assert.equal(await start(wild, { ms: 20 }).ended, 0);
    assert.deepEqual(timeless(await summarize(wild)), timeless(await summarize(calm)));
    assertSameRuns(wild, calm);
  }
  rmSync(root, { recursive: true });
  return hit;
}

/**
 * Two studies share a pool of runs, and one of them is stopped for longer than its silence while the other goes on. Woken up, it
 * ends, too; no run was trained after its result stood, and both are as one that was alone.
 */
export async function stopped(times: number): Promise<number> {
  const root = scratch();
  const start = starter(root);
  const calm = join(root, 'calm');
  assert.equal(await start(calm, { ms: 20 }).ended, 0);
  for (let n = 0; n < times; n++) {
    const pool = join(root, `pool-${n}`);
    const [one, two] = ['one', 'two'].map((name) => join(root, `${name}-${n}`));
    const sleeper = start(one, { pool });
    while (workersOf(sleeper.child.pid!).length < 2) await sleep(20);
    await sleep(500);
    const asleep = [sleeper.child.pid!, ...workersOf(sleeper.child.pid!)];
    for (const pid of asleep) process.kill(pid, 'SIGSTOP');
    assert.equal(
      await start(two, { ms: 20, pool }).ended,
      0,
      'the other one waits for its silence, then does all',
    );
    for (const pid of asleep) process.kill(pid, 'SIGCONT');
    assert.equal(await sleeper.ended, 0, 'the stopped one finds what is done');
    for (const dir of [one, two]) {
      assert.deepEqual(timeless(await summarize(dir)), timeless(await summarize(calm)));
      assertSameRuns(dir, calm);
    }
  }
  rmSync(root, { recursive: true });
  return times;
}

/** The same bits; and a training curve that is the same, or known to be damaged. */
function compare(runDir: string, calmDir: string, what: string): void {
  const [result, calm] = [readResult(runDir), readResult(calmDir)];
  assert.ok(result?.status === calm?.status && result && calm, `${what}: ${result?.status}`);
  if (result.status === 'failed' || calm.status === 'failed') return;
  assert.equal(result.paramsSha256, calm.paramsSha256, what);
  const curve = readMetrics(runDir, result);
  if (curve.damage === undefined) assert.deepEqual(curve.lines, readMetrics(calmDir, calm).lines, what);
}
