// The main job in full: what `npm start` runs shows the effect, with every cell bracketed,
// and is not run twice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { Summary } from '../report/index.ts';

const home = mkdtempSync(join(tmpdir(), 'gaplab-quick-'));
after(() => rmSync(home, { recursive: true }));

function study(): { ran: number; summary: Summary } {
  const cli = resolve(import.meta.dirname, '../cli.ts');
  const run = spawnSync(process.execPath, [cli, 'study', 'quick', '--json'], {
    cwd: home,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.equal(run.status, 0);
  const { ran } = JSON.parse(run.stdout.trim().split('\n').at(-1)!);
  return { ran, summary: JSON.parse(readFileSync(join(home, 'studies/quick/summary.json'), 'utf8')) };
}

test('the quick study shows the gap opening with batch size', () => {
  const { ran, summary } = study();
  assert.ok(ran > 24);
  const gaps = summary.gaps.toSorted((a, b) => a.batchSize - b.batchSize);
  const [smallest, largest] = [gaps[0], gaps.at(-1)!];
  assert.ok(gaps.length >= 4 && largest.batchSize >= 32 * smallest.batchSize);
  for (const cell of summary.cells) assert.ok(cell.bracketed, `${cell.optimizer} at ${cell.batchSize}`);
  assert.ok(largest.gap >= 0.25 && largest.ci95![0] > 0, JSON.stringify(largest));
  assert.ok(smallest.gap <= 0.08, JSON.stringify(smallest));
  gaps.slice(1).forEach((gap, i) => assert.ok(gap.gap > gaps[i].gap, 'the gap does not grow'));
  assert.equal(study().ran, 0, 'a finished study has nothing left to run');
});
