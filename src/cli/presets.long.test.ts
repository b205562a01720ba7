// Every preset that has a smoke size, through the command line, with one pool of runs;
// then the ledger over all of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { claims } from '../analysis/claims/registry.ts';
import { withoutItsScript } from '../report/readable.testing.ts';
import { studySummary } from '../store/schemas.ts';
import { presets } from '../study/presets.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-presets-'));
const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));

function gaplab(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    cwd: root,
    maxBuffer: 2 ** 28,
  });
  return { status, stderr, json: () => JSON.parse(stdout.trim().split('\n').at(-1)!) };
}

const verdicts = ['supported', 'refuted', 'inconclusive'];
let made = 0;

for (const { name, sizes } of presets().filter((preset) => preset.sizes.includes('smoke')))
  test(`study ${name} --size smoke`, () => {
    const dir = join(root, 'studies', name);
    const { status, stderr, json } = gaplab(
      ...['study', name, '--size', 'smoke', '--out', dir, '--runs', join(root, 'pool'), '--json'],
    );
    assert.equal(status, 0, stderr);
    made += json().ran;
    const summary = studySummary.parse(JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')));
    assert.ok(summary.cells.every((cell) => cell.best || Number(cell.diverged) > 0));
    assert.ok(summary.claims.every(({ verdict }) => verdicts.includes(verdict)));
    const page = withoutItsScript(readFileSync(join(dir, 'report.html'), 'utf8'));
    if (sizes.includes('paper')) {
      assert.ok(summary.claims.length > 0);
      assert.match(page, /Beside the paper/);
      // The figures that its claims name are there, drawn.
      for (const { figure } of claims.filter((claim) => claim.experiment === name))
        assert.ok(existsSync(join(dir, 'figures', `${figure}.svg`)), `${name} has no figure ${figure}`);
    }
    assert.doesNotMatch(page, /NaN|undefined|\[object/);
  });

test('the ledger grades every claim, and studies again cost nothing', () => {
  const studies = join(root, 'studies');
  const { status, stderr, json } = gaplab(
    'claims',
    studies,
    '--markdown',
    join(root, 'results.md'),
    '--json',
  );
  assert.equal(status, 0, stderr);
  const ledger = json();
  assert.deepEqual(ledger.open, []);
  assert.equal(ledger.claims.length, claims.length);
  assert.ok(made > 100);
  // A directory of its own, the same pool: nothing is left to run.
  const again = gaplab(
    ...[
      'study',
      'grafting',
      '--size',
      'smoke',
      '--out',
      join(root, 'again'),
      '--runs',
      join(root, 'pool'),
      '--json',
    ],
  );
  assert.equal(again.json().ran, 0, again.stderr);
});
