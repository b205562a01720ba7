// A study written by somebody hostile: markup, escape sequences and paths wherever text may stand.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { sealed } from '../files/seal.ts';
import { modelPreset } from '../model/presets.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { cli } from './program.testing.ts';

export const root = mkdtempSync(join(tmpdir(), 'gaplab-hostile-'));
after(() => rmSync(root, { recursive: true, force: true }));

export const markup = `</title></style></script><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
export const attribute = `" onmouseover="document.title='owned'" x='`;
export const terminal = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\u2066';
export const lines = '\n\rgaplab: all is well\n';
export const path = '../../../outside/victim';
export const markdown = '[x](javascript:alert(1)) ![x](http://127.0.0.1:9/x.png) `a` | b';
export const evil = [markup, attribute, terminal, lines, path, markdown].join(' ');

/** Everything that a terminal would obey, or a reader not see; line breaks are ours. */
export const hidden = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

export function gaplab(cwd: string, ...args: string[]) {
  const env = { ...process.env, GAPLAB_CACHE: join(root, 'cache'), FORCE_COLOR: undefined };
  const options = { cwd, env, encoding: 'utf8', timeout: 120_000 } as const;
  const { status, stdout, stderr, signal } = spawnSync(process.execPath, [cli, ...args], options);
  assert.equal(signal, null, `${args.join(' ')} hangs`);
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, hidden, `${args.join(' ')}: ${JSON.stringify(text.slice(0, 2000))}`);
    assert.doesNotMatch(text, /^gaplab: all is well/m, 'a line of its own');
    assert.doesNotMatch(text, /^ {4}at /m, 'a stack trace');
  }
  return { status, stdout, stderr };
}

/** One line, exit code 2. */
export function refuses(cwd: string, pattern: RegExp, ...args: string[]): void {
  const { status, stdout, stderr } = gaplab(cwd, ...args);
  assert.deepEqual([status, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
  assert.match(stderr, pattern);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.ok(stderr.length < 2000, `${stderr.length} characters`);
}

/** A home with a study in it and, outside the study, what must not change. */
export function home(study: FrozenStudy = reportedStudy({ batchSizes: [1, 4] })) {
  const base = mkdtempSync(join(root, 'home-'));
  const outside = join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'theirs');
  const dir = join(base, 'a', 'b', 'study');
  mkdirSync(dir, { recursive: true });
  writeStudyDir(dir, study, ({ point }) => {
    if (point.lr > 0.1) return 'diverged';
    return point.lr < 0.0003
      ? 'failed'
      : { valLoss: 3 + Math.log2(point.lr / 0.002) ** 2 + 0.01 * point.seed };
  });
  return { base, outside, dir };
}

export function unchanged(outside: string, but: string[] = []): void {
  assert.deepEqual(readdirSync(outside).sort(), ['victim', ...but].sort());
  assert.equal(readFileSync(join(outside, 'victim'), 'utf8'), 'theirs');
}

export function evilStudy(): FrozenStudy {
  const { adam, sgd } = reportedStudy().optimizers;
  const labels = [evil, `${evil}2`, '__proto__', 'constructor'];
  const lr = { kind: 'grid' as const, values: [0.001, 0.002] };
  return reportedStudy({
    name: evil,
    title: evil,
    description: evil,
    experiment: 'batch-sweep',
    size: evil,
    batchSizes: [1, 4],
    tokens: [400_000, 1_000_000],
    models: Object.fromEntries([`${evil}`, '__proto__'].map((label) => [label, modelPreset('nano')])),
    data: { corpus: evil, fingerprint: 'f'.repeat(64), vocabSize: 2048 },
    optimizers: Object.fromEntries(
      labels.map((label, i) => [
        label,
        { ...(i % 2 ? sgd : adam), lr, hyper: { momentum: 0.9 + 0.01 * i, [evil]: i } },
      ]),
    ),
    baseline: evil,
    challenger: `${evil}2`,
    seeds: { tune: 0, fresh: 1 },
  });
}

/** Hostile text in what runs leave: reasons, errors, hosts, times, tables of probes, kinds of layers. */
export function poison(dir: string): void {
  for (const id of readdirSync(join(dir, 'runs'))) {
    const file = join(dir, 'runs', id, 'result.json');
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const extra = { host: evil, startedAt: evil, finishedAt: evil, error: evil, reason: evil };
    writeFileSync(file, JSON.stringify(sealed({ ...result, seal: undefined, ...extra })));
    const attempt = join(dir, 'runs', id, 'attempt-1');
    const config = { model: evil };
    writeFileSync(join(dir, 'runs', id, 'config.json'), JSON.stringify(config));
    const table = [{ [evil]: evil, group: 0, loss: 1, layer: evil, block: evil, ['__proto__']: evil }];
    const tables = Object.fromEntries(
      [evil, `../${evil}`, 'groups', 'variance', '__proto__'].map((name) => [name, table]),
    );
    const line = { schema: 1, step: 1, tokens: 1, probe: 'imbalance', options: {}, tables, seconds: 1 };
    writeFileSync(join(attempt, 'probes.jsonl'), `${JSON.stringify(line)}\n`);
    appendFileSync(
      join(attempt, 'metrics.jsonl'),
      `\n${JSON.stringify({ step: evil, tokens: {}, loss: evil, clippedKinds: evil })}\n`,
    );
  }
}

export const { base, outside, dir } = home(evilStudy());
poison(dir);
