// The study of docs/cluster.md, started as the page says, under a real Slurm.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Slurm, slurmLacks, startSlurm } from '../src/study/cluster/slurm.testing.ts';
import { exampleFiles, shellBlocks } from './docs.ts';

const root = resolve(import.meta.dirname, '..');
const home = realpathSync(mkdtempSync(join(tmpdir(), 'gaplab-docs-cluster-')));

describe('docs/cluster.md under Slurm', { skip: slurmLacks() }, () => {
  let slurm: Slurm;
  before(async () => {
    // `gaplab`, and the `module` of clusters, which here notes what it was asked for.
    const bin = join(home, 'bin');
    mkdirSync(bin);
    const program = (name: string, line: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    program('gaplab', `exec '${process.execPath}' '${join(root, 'bin', 'gaplab.js')}' "$@"`);
    program('module', `echo "$*" >> '${join(home, 'modules.txt')}'`);
    slurm = await startSlurm({ cores: 4, path: bin });
  });
  after(() => {
    slurm?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('queued.yaml is trained by the workers that it asks for', { timeout: 600_000 }, () => {
    const file = 'docs/cluster.md';
    const page = readFileSync(join(root, file), 'utf8');
    const example = exampleFiles(page).find(({ name }) => name === 'queued.yaml');
    assert.ok(example, `${file} has no queued.yaml`);
    const [command] = shellBlocks(file, page).filter(({ script }) => script === 'gaplab study queued.yaml');
    assert.ok(command, `${file} does not say how to start it`);
    writeFileSync(join(home, example.name), example.text);
    // The page's command; of the study only what takes long is smaller.
    const smaller = [
      'model=tiny',
      'tokens=16384',
      'batchSizes=[1,8]',
      'data.vocabSize=512',
      'eval.tokens=4096',
    ];
    const script = `${command.script} ${smaller.map((set) => `--set ${set}`).join(' ')}`;
    const bash = (text: string) => {
      const { status, stdout, stderr } = spawnSync('bash', ['-euc', text], {
        cwd: home,
        encoding: 'utf8',
        env: slurm.env,
      });
      return { status, text: stdout + stderr };
    };
    const first = bash(script);
    assert.equal(first.status, 0, first.text);
    const job = /submitted \d workers? as job (\d+)/.exec(first.text)?.[1];
    assert.ok(job, first.text);
    const asked = slurm.run('scontrol', 'show', 'job', `${job}_0`);
    assert.match(asked, /Partition=gpu/);
    assert.match(asked, /Account=physics/);
    assert.match(asked, /TimeLimit=04:00:00/);
    assert.match(asked, /NumCPUs=4/);
    assert.match(asked, /MinMemoryNode=16G/);
    assert.match(asked, /gres:gpu:1/);
    assert.match(readFileSync(join(home, 'modules.txt'), 'utf8'), /^(load cuda\n)+$/);
    const dir = join(home, 'studies', 'queued');
    assert.ok(readdirSync(join(dir, 'slurm')).some((name) => name.endsWith('.log')));
    // The second command of the page, and the first again, which finds nothing to run.
    const status = bash('gaplab status studies/queued');
    assert.equal(status.status, 0, status.text);
    assert.match(bash(script).text, /Nothing was left to run/);
  });
});
