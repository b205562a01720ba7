// One run and one small study to be killed, and how two of them are compared.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rng } from '../core/rng.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { unsealed } from '../files/seal.ts';
import { attemptDir, attempts } from '../store/attempt.ts';
import { leaseText } from '../store/lease.ts';
import { readMetrics } from '../store/lines.ts';
import { holder } from '../store/process.ts';
import { readResult } from '../store/runs.ts';
import { runId } from '../train/run-id.ts';
import type { createChildren } from './children.ts';
import { executeRun } from './execute.ts';
import { createTrainer } from './fake-trainer.testing.ts';
import { runConfigFor } from './points.ts';
import { executeStudy, type StudyOptions } from './run.ts';
import { samplePoint, sampleStudy } from './sample.testing.ts';

export const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-campaign-'));
export const config = runConfigFor(sampleStudy(), samplePoint);

process.env.FAKE_MS = '0';
export const train = createTrainer({});
export const quiet = { threads: 1, signal: new AbortController().signal, onProgress() {} };

export const finished = () => {
  const runDir = join(scratch(), runId(config));
  return executeRun(runDir, config, train, quiet).then(() => ({ runDir, ...ending(runDir) }));
};

/** What a run left that must not depend on what happened to it. */
export function ending(runDir: string): { params: string; metrics: unknown } {
  const result = readResult(runDir);
  assert.ok(result?.status === 'done', 'the run is not done');
  const { lines, damage } = readMetrics(runDir, result);
  assert.equal(damage, undefined);
  return { params: result.paramsSha256!, metrics: lines };
}

/**
 * Makes the leases of this process look like those of one that is dead: the simulation
 * of its death is this process.
 */
export function bury(runDir: string): void {
  for (const n of attempts(runDir)) {
    const path = join(attemptDir(runDir, n), 'lease.json');
    const lease = holder.safeParse(unsealed(parseJson(readIfThere(path) ?? '')));
    if (lease.success) writeFileSync(path, leaseText({ ...lease.data, start: '0' }));
  }
}

export const facts = {
  corpus: 'fake',
  fingerprint: 'ab',
  vocabSize: 512,
  train: { length: 1e6 },
  validation: { length: 1e5 },
};

/** Runs in this process: damage is done between studies, not to processes. */
export const inProcess: typeof createChildren = ({ runsDir, warn }) => ({
  start: (run, silent) =>
    executeRun(join(runsDir, run.id), run.config, train, { ...quiet, silent, onWarning: warn }),
  stop: async () => {},
  pids: () => [],
});

/** A small study. */
export function study(out: string, options: Partial<StudyOptions> = {}) {
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

export function files(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below)).flatMap((name) => {
    const path = join(below, name);
    return statSync(join(dir, path)).isDirectory() ? files(dir, path) : [path];
  });
}

export const kinds = ['flip', 'flip', 'flip', 'cut', 'zeros', 'empty', 'delete', 'swap', 'append'] as const;

/** Damages one file of a study. Gives what was done, or undefined when nothing has changed. */
export function damage(dir: string, rng: Rng): string | undefined {
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

/** The same bits; and a training curve that is the same, or known to be damaged. */
export function compare(runDir: string, calmDir: string, what: string): void {
  const [result, calm] = [readResult(runDir), readResult(calmDir)];
  assert.ok(result?.status === calm?.status && result && calm, `${what}: ${result?.status}`);
  if (result.status === 'failed' || calm.status === 'failed') return;
  assert.equal(result.paramsSha256, calm.paramsSha256, what);
  const curve = readMetrics(runDir, result);
  if (curve.damage === undefined) assert.deepEqual(curve.lines, readMetrics(calmDir, calm).lines, what);
}
