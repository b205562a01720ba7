// `gaplab trainer`: the template and the stub are right, nothing is replaced, a check says what is broken.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { scriptStudy } from '../study/script.testing.ts';
import { stub } from '../study/trainer-template.ts';
import { program } from './program.testing.ts';

const { gaplabIn: gaplab } = program();

test('init writes a study and a stub, and replaces nothing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-init-'));
  const args = ['trainer', 'init', '--out', 'a.yaml', '--stub', 'b.py'];
  assert.equal(gaplab(dir, ...args).status, 0);
  assert.equal(readFileSync(join(dir, 'b.py'), 'utf8'), stub);
  const again = gaplab(dir, ...args);
  assert.deepEqual(
    [again.status, again.stderr.replace(/\s+/g, ' ').trim()],
    [2, 'gaplab: a.yaml is there already: nothing is replaced; give another name'],
  );
  // The template is a study, but for the script that it names.
  const told = gaplab(dir, 'trainer', 'check', 'a.yaml');
  assert.equal(told.status, 2);
  assert.match(
    told.stderr.replace(/\s+/g, ' '),
    /a\.yaml:4: trainer\.command\.1: there is no file train\.py in /,
  );
});

test('init reads a sweep file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-init-'));
  writeFileSync(
    join(dir, 'sweep.yaml'),
    'program: train.py\nmethod: grid\nparameters:\n  lr: {values: [0.1, 0.4]}\n  opt: {values: [sgd, adam]}\n',
  );
  const { status, stdout } = gaplab(dir, 'trainer', 'init', 'sweep.yaml');
  assert.equal(status, 0);
  assert.match(stdout, /^name: sweep$/m);
  assert.match(stdout, /lr: 0\.2/);
  assert.equal(gaplab(dir, 'trainer', 'init', 'none.yaml').status, 2);
});

test('check ends with 1 where something is broken, and a dry run refers to it', () => {
  const { study, folder } = scriptStudy({}, 'console.error("no data"); process.exit(1)');
  writeFileSync(join(folder, 'study.json'), JSON.stringify(study));
  const { status, stdout } = gaplab(folder, 'trainer', 'check', 'study.json', '--json');
  assert.equal(status, 1);
  const { broken, findings } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  assert.equal(broken, 1);
  assert.deepEqual([findings[0].what, findings[0].text.split('\n')[0]], ['start', 'exit code 1: no data']);
  const dry = gaplab(folder, 'study', 'study.json', '--dry-run');
  assert.equal(dry.status, 2);
  assert.match(
    dry.stderr.replace(/\s+/g, ' '),
    /the speed of a script is not known before it has run: `gaplab trainer check study\.json`/,
  );
});

test('a run of a script cannot be probed, and the reason is told', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-run-'));
  const metrics = { value: 'valLoss', loss: 'loss', step: 'step', tokens: 'tokens' };
  const config = {
    schema: 1,
    kind: 'script',
    command: ['x'],
    version: 'v',
    names: {},
    args: {},
    lr: 1,
    hyper: {},
    batchSize: 1,
    steps: 1,
    seed: 1,
    metrics,
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  const { status, stderr } = gaplab(dir, 'probe', '.', '--probe', 'imbalance');
  assert.equal(status, 2);
  assert.match(
    stderr.replace(/\s+/g, ' '),
    /is the run of a script: only runs of gaplab's own models can be probed/,
  );
});

const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
test('the stub is Python that reads parameters and tells losses', {
  skip: python === undefined && 'there is no Python',
}, () => {
  assert.ok(stub.trimEnd().split('\n').length <= 22);
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-stub-'));
  writeFileSync(join(dir, 'stub.py'), stub);
  writeFileSync(join(dir, 'config.json'), '{"lr": 0.5}');
  const code =
    'import stub; print(stub.parameters(lr=1.0, x=2)); stub.tell(step=1, loss=float("nan")); stub.done(1.5); print(stub.checkpoint())';
  const env = {
    ...process.env,
    GAPLAB_CONFIG: join(dir, 'config.json'),
    GAPLAB_METRICS: join(dir, 'm.jsonl'),
    GAPLAB_RUN_DIR: '/run-dir',
  };
  const { stdout, stderr } = spawnSync(python!, ['-c', code], { cwd: dir, env, encoding: 'utf8' });
  assert.equal(stdout, "{'lr': 0.5, 'x': 2}\n/run-dir/checkpoint.pt\n", stderr);
  assert.equal(
    readFileSync(join(dir, 'm.jsonl'), 'utf8'),
    '{"step": 1, "loss": NaN}\n{"event": "end", "status": "done", "valLoss": 1.5}\n',
  );
});
