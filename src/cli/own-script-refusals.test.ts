// A script of one's own that cannot work, as a user meets it: `gaplab study` says why in its last line,
// ends with code 2, and keeps what is finished.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
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
import { cli } from './program.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-own-script-'));
after(() => rmSync(root, { recursive: true, force: true }));
// All processes start with the same compiled code.
const env: NodeJS.ProcessEnv = {
  ...process.env,
  GAPLAB_CACHE: join(root, 'cache'),
  NODE_COMPILE_CACHE: join(root, 'code'),
};

const FINE = `console.log('iter 5: loss 3.5'); console.log('val loss 3.25');`;

/** A folder with a script and its study, which has one learning rate for each of three cells. */
function folderOf(script: string, trainer: object = {}): string {
  const folder = mkdtempSync(join(root, 'study-'));
  writeFileSync(join(folder, 'train.mjs'), script);
  const study = {
    name: 'own',
    trainer: {
      command: ['node', 'train.mjs', '${args}'],
      metrics: { stdout: ['iter (?<step>\\d+): loss (?<loss>\\S+)', 'val loss (?<valLoss>\\S+)'] },
      guessLoss: 4.6,
      grace: 1,
      ...trainer,
    },
    steps: [5],
    batchSizes: [1, 2, 4],
    optimizers: { sgd: { lr: [0.1] } },
    seeds: 1,
  };
  writeFileSync(join(folder, 'study.json'), JSON.stringify(study));
  return folder;
}

function gaplab(cwd: string, args: string[], path = env.PATH) {
  const { status, stderr, stdout } = spawnSync(process.execPath, [cli, ...args], {
    cwd,
    env: { ...env, PATH: path },
    encoding: 'utf8',
  });
  return { status, last: stderr.trim().split('\n').at(-1)!, all: stdout + stderr };
}

const study = (folder: string, ...flags: string[]) =>
  gaplab(folder, ['study', 'study.json', '--out', 'out', ...flags]);

for (const [what, script, trainer, told] of [
  ['no command', FINE, { command: [] }, /trainer\.command: .*write it as command: \[python, train\.py/],
  ['a command that is not there', FINE, { command: ['nodde', 'train.mjs', '${args}'] }, /no program nodde/],
  ['a script that ends at once', '', {}, /no metric was seen at all: it printed nothing/],
  ['no metric', `console.log('epoch done')`, {}, /no metric .* the last one "epoch done"/],
  ['a text for a metric', `console.log('val loss low')`, {}, /valLoss was "low", which is no number/],
  ['an expression without its group', FINE, { metrics: { stdout: 'val loss (\\S+)' } }, /has no named group/],
  ['a name that maps twice', FINE, { names: { lr: 'x', seed: 'x' } }, /both be passed as x/],
  [
    'a full disk under the script',
    `console.error('OSError: [Errno 28] No space left on device: ckpt.pt'); process.exit(1)`,
    {},
    /the script found no room on the disk \(OSError: .*ckpt\.pt\); free some space/,
  ],
] as [string, string, object, RegExp][])
  test(`one line, and exit code 2: ${what}`, () => {
    const { status, last } = study(folderOf(script, trainer));
    assert.equal(status, 2);
    assert.match(last, /^gaplab: /);
    assert.match(last, told);
  });

for (const [what, loss, reason] of [
  ['NaN', 'nan', /valLoss is NaN/],
  ['1e5', '1e5', /100000\.00, is above that of guessing/],
] as const)
  test(`a loss of ${what} is divergence, and no failure`, () => {
    const folder = folderOf(`console.log('val loss ${loss}')`);
    const { status, all } = study(folder, '--json');
    assert.equal(status, 0, all);
    assert.match(all, /No run gave a loss: 3 diverged\./);
    const runs = join(folder, 'out/runs');
    for (const id of readdirSync(runs))
      assert.match(readFileSync(join(runs, id, 'result.json'), 'utf8'), reason);
  });

/** A folder of programs: Node and, if `sbatch` is given, an empty queue and this shell script. */
function programs(sbatch?: string): string {
  const folder = mkdtempSync(join(root, 'programs-'));
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const [name, script] of Object.entries(sbatch ? { sbatch, squeue: 'exit 0' } : {}))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

const refusing = `[ "$1" = --version ] && exit 0
echo "sbatch: error: invalid account or partition" >&2; exit 1`;

test('sbatch that is not there or refuses: one line, and what is finished is kept', {
  skip: process.platform === 'win32',
}, () => {
  const folder = folderOf(FINE);
  const results = () =>
    readdirSync(join(folder, 'out/runs')).map((id) =>
      readFileSync(join(folder, 'out/runs', id, 'result.json'), 'utf8'),
    );
  assert.equal(study(folder, '--set', 'steps=[3]').status, 0);
  const finished = results();
  assert.ok(finished.length > 0);
  for (const [sbatch, told] of [
    [undefined, /there is no sbatch here; .* --launcher local for all others$/],
    ['exit 1', /no workers can be submitted: Slurm does not say why \(exit code 1\)$/],
    [refusing, /the workers were not submitted: Slurm says: invalid account or partition$/],
  ] as const) {
    const queued = ['study', 'study.json', '--out', 'out', '--launcher', 'slurm'];
    const { status, last, all } = gaplab(folder, queued, programs(sbatch));
    assert.equal(status, 2, all);
    assert.match(last, told);
    assert.deepEqual(results(), finished);
  }
  assert.equal(study(folder).status, 0);
  assert.ok(finished.every((one) => results().includes(one)));
});

test('a path that leads to no study', () => {
  const folder = folderOf(FINE);
  mkdirSync(join(folder, 'empty'));
  for (const [args, told] of [
    [['study', 'studdy.yaml'], /there is no study file studdy\.yaml$/],
    [['study', './quick'], /there is no study file \.\/quick; the preset is called quick$/],
    [['trainer', 'check', 'none.yaml'], /there is no study file none\.yaml$/],
    [['study', 'empty'], /empty is a directory: give a study file/],
    [['worker', '--study', 'none'], /none holds no study/],
    [['worker', '--study', 'study.json'], /study\.json holds no study/],
    [['status', 'empty'], /empty holds no study .*: give the --out directory of a study$/],
  ] as [string[], RegExp][]) {
    const { status, all } = gaplab(folder, args);
    assert.deepEqual([status, all.trim().split('\n').length], [2, 1], all);
    assert.match(all.trim(), told);
  }
});
