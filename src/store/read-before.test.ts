import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { sha256 } from '../files/sha256.ts';
import { readBefore } from './read-before.ts';
import { publishResult, readResult } from './runs.ts';
import type { RunResult } from './schemas.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-read-before-'));
after(() => rmSync(root, { recursive: true }));
process.env.GAPLAB_CACHE = join(root, 'cache');
const kept = join(root, 'cache', 'results');

const resultOf = (id: string, valLoss: number, status: 'done' | 'failed' = 'done'): RunResult => {
  const common = {
    ...({ schema: 1, id, attempt: 1, host: 'node' } as const),
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:01:00.000Z',
  };
  if (status === 'failed') return { ...common, status, error: 'it broke' };
  return {
    ...common,
    ...{ status, step: 10, steps: 10, tokens: 640, trainLoss: valLoss, valLoss, valBitsPerByte: null },
    ...{ valTokens: 64, seconds: 1, tokensPerSecond: 640 },
  };
};

/** A pool with runs, and how its results are asked for. */
function pool(runs: number) {
  const dir = mkdtempSync(join(root, 'study-'));
  const ids = Array.from({ length: runs }, (_, i) => sha256(`${i}`).slice(0, 16));
  const runDir = (id: string) => join(dir, id);
  const put = (id: string, valLoss: number, status?: 'failed') => {
    mkdirSync(runDir(id), { recursive: true });
    rmSync(join(runDir(id), 'result.json'), { force: true });
    publishResult(runDir(id), resultOf(id, valLoss, status));
  };
  const told = (read: (id: string) => unknown) =>
    ids.map((id) => {
      try {
        return read(id);
      } catch (error) {
        return (error as Error).message;
      }
    });
  return {
    ...{ dir, ids, put },
    path: (id: string) => join(runDir(id), 'result.json'),
    /** A look after `later` milliseconds. */
    look(later = 60_000) {
      const before = readBefore(dir, { now: () => Date.now() + later, worthKeeping: 1 });
      const answers = told((id) => before.read(runDir(id), id));
      before.keep();
      return answers;
    },
    truth: () => told((id) => readResult(runDir(id))),
  };
}

/** File systems tell times in steps of some milliseconds. */
const tick = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 12);

const onlyKeptFile = () => join(kept, readdirSync(kept)[0]);

test('whatever happens to results and to what was kept of them, the answers are those of the files', () => {
  const rng = createRng(1, 'read before');
  const { ids, put, path, look, truth } = pool(12);
  const flip = (file: string) => {
    const bytes = readFileSync(file);
    if (bytes.length > 0) bytes[rng.below(bytes.length)] ^= 1 << rng.below(8);
    writeFileSync(file, bytes);
  };
  const cut = (file: string) => writeFileSync(file, readFileSync(file).subarray(0, rng.below(300)));
  const isFile = (file: string) => existsSync(file);
  const toResult: Record<string, (id: string) => void> = {
    added: (id) => put(id, rng.uniform()),
    failed: (id) => put(id, 0, 'failed'),
    removed: (id) => rmSync(path(id), { force: true }),
    'of another run': (id) =>
      isFile(path(id)) && writeFileSync(path(id), JSON.stringify(resultOf(ids[0], 1))),
    flipped: (id) => isFile(path(id)) && flip(path(id)),
    cut: (id) => isFile(path(id)) && cut(path(id)),
    linked: (id) => {
      mkdirSync(join(path(id), '..'), { recursive: true });
      rmSync(path(id), { force: true });
      symlinkSync(path(ids[0]), path(id));
    },
  };
  const toKept: Record<string, () => void> = {
    nothing: () => {},
    flipped: () => flip(onlyKeptFile()),
    cut: () => cut(onlyKeptFile()),
    removed: () => rmSync(kept, { recursive: true }),
  };
  for (const id of ids) put(id, rng.uniform());
  for (let round = 0; round < 150; round++) {
    const changes = Array.from({ length: rng.below(3) }, () => {
      const [what, change] = Object.entries(toResult)[rng.below(7)];
      const id = ids[rng.below(ids.length)];
      change(id);
      return `${id} ${what}`;
    });
    const [what, damage] = Object.entries(toKept)[Math.max(0, rng.below(8) - 4)];
    if (existsSync(kept) && readdirSync(kept).length > 0) damage();
    assert.deepEqual(look(), truth(), `round ${round}: ${changes.join(', ')}; kept: ${what}`);
    tick();
  }
});

test('results that were read before are not read again', () => {
  rmSync(kept, { recursive: true, force: true });
  const { ids, put, look, truth } = pool(3);
  for (const id of ids) put(id, 2);
  look();
  const body = readFileSync(onlyKeptFile(), 'utf8')
    .replace(/^.*\n/, '')
    .replaceAll('"valLoss":2', '"valLoss":3');
  writeFileSync(onlyKeptFile(), `${sha256(body)}\n${body}`);
  assert.deepEqual(
    look(),
    ids.map((id) => ({ ...resultOf(id, 2), valLoss: 3 })),
  );
  // As another version of gaplab would keep them.
  const other = body.replace('valLoss', 'loss');
  writeFileSync(onlyKeptFile(), `${sha256(other)}\n${other}`);
  assert.deepEqual(look(), truth());
});

test('what was written a moment ago is not kept: it may change once more within one step of the clock', () => {
  rmSync(kept, { recursive: true, force: true });
  const { ids, put, look, truth } = pool(3);
  for (const id of ids) put(id, 2);
  assert.deepEqual(look(0), truth());
  assert.equal(existsSync(kept), false);
});

test('few new results are not kept, and neither is anything in a folder that is not ours', () => {
  rmSync(kept, { recursive: true, force: true });
  const { ids, dir, put, look, truth } = pool(3);
  for (const id of ids) put(id, 2);
  const before = readBefore(dir, { now: () => Date.now() + 60_000 });
  for (const id of ids) before.read(join(dir, id), id);
  before.keep();
  assert.equal(existsSync(kept), false);
  const elsewhere = mkdtempSync(join(root, 'elsewhere-'));
  symlinkSync(elsewhere, kept);
  assert.deepEqual(look(), truth());
  assert.deepEqual(look(), truth());
  assert.deepEqual(readdirSync(elsewhere), []);
  rmSync(kept);
});
