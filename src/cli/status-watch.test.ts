// The screen of `gaplab status --watch`: its lines, which fit into any terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontier } from '../analysis/frontier.ts';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import type { RunningRun, StudyEntry } from '../server/wire.ts';
import { frame, plainLine, sparkline, type Watched } from './status-watch.ts';

const entry: StudyEntry = {
  ...{ id: 'x', name: 'quick', title: '', place: 'studies/quick', standing: 'running', problem: null },
  ...{
    cells: 10,
    cellsDone: 4,
    runsExpected: 60,
    etaSeconds: 125,
    finishedAt: null,
    question: '',
    answer: [],
  },
  runs: { done: 20, diverged: 2, failed: 1, running: 2, held: 0, interrupted: 0, waiting: 3 },
};
const run: RunningRun = {
  ...{
    optimizer: 'sgd',
    batchSize: 64,
    model: 'nano',
    tokens: 1000,
    run: '0'.repeat(16),
    lr: 0.1,
    hyper: {},
    seed: 0,
  },
  ...{ step: 50, steps: 200, loss: 4.5, tokensPerSecond: 1000, etaSeconds: 65 },
};
const watched: Watched = {
  entry,
  cells: frontier(syntheticRows()),
  running: [{ run, losses: [7, 6, 5, 4.5] }],
};

test('a spark is as high as its loss, and has no more bars than there are losses', () => {
  assert.equal(sparkline([], 8), '');
  assert.equal(sparkline([3], 8), '▁');
  assert.equal(sparkline([2, 2], 8), '▁▁');
  assert.equal(sparkline([8, 4.5, 1], 8), '█▅▁');
  // Means of two: 7, 4, 0.
  assert.equal(sparkline([8, 6, 5, 3, 0, 0], 3), '█▅▁');
});

test('a line says who works on a study, how far it is, and what went wrong', () => {
  assert.equal(
    plainLine(entry),
    'quick: running, cells 4/10, runs 22/60, about 2 min 5 s left, 2 diverged, 1 failed',
  );
  const gone = { ...entry, standing: 'gone' as const, problem: 'not \x1b[2J there', etaSeconds: null };
  assert.match(plainLine(gone), /gone.*: not \\x1b\[2J there$/);
});

test('a frame fits into the terminal, narrow and wide', () => {
  for (const columns of [20, 60, 80, 200]) {
    const lines = frame([watched, watched], columns);
    for (const line of lines) assert.ok([...line].length <= columns, `${columns}: ${line}`);
  }
  const wide = frame([watched], 200).join('\n');
  assert.match(wide, /sgd B64 lr 0\.1 +█▅▂▁ /);
  assert.match(wide, /25% {2}4\.500 {2}1 min 5 s/);
  assert.match(wide, /batch +1 /);
  assert.match(frame([watched], 60).join('\n'), /\+\d+$|batch/m);
  assert.match(frame([], 80).join('\n'), /there is no study/);
});
