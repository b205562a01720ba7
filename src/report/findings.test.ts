// The page of findings, from a map with made-up losses and the sweep of methods beside the published one.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import { writeFindings } from './findings-page.ts';
import { readLedger } from './ledger.ts';
import { reportedStudy, writeStudyDir } from './study-dir.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-findings-'));

/** The gap of the made-up map: it grows with batch size, and is -0.1 in the corner of small batches and short runs. */
const gapAt = (batchSize: number, tokens: number) =>
  -0.1 + 0.1 * Math.log2(batchSize) + 0.1 * Math.log2(tokens / 65536);

function write(
  name: string,
  change: Partial<FrozenStudy>,
  left: (request: RunRequest) => boolean = () => false,
) {
  const dir = join(root, name);
  mkdirSync(dir);
  const study = reportedStudy({ name, size: 'long', batchSizes: [1, 4, 16], ...change });
  writeStudyDir(dir, study, (request: RunRequest) => {
    const { point } = request;
    if (left(request)) return undefined as never;
    const guess = study.optimizers[point.optimizer].lr;
    const first = 'guess' in guess ? guess.guess : 1;
    const octaves = Math.log2(point.lr / first);
    const behind = point.optimizer === 'sgd' ? gapAt(point.batchSize, point.tokens) : 0;
    return {
      valLoss:
        4 +
        behind +
        0.1 * octaves ** 2 +
        0.001 * point.seed +
        (point.optimizer === 'sgd' ? 0.0002 * (point.seed % 2) : 0),
    };
  });
  return dir;
}
const noCarry = (arms: FrozenStudy['optimizers']) =>
  Object.fromEntries(
    Object.entries(arms).map(([label, arm]) => [label, { ...arm, lr: { ...arm.lr, carry: 0 } }]),
  ) as FrozenStudy['optimizers'];

test('the page has the map with its numbers, and its links lead to figures', () => {
  const optimizers = noCarry(reportedStudy().optimizers);
  const dir = write('map', { experiment: 'map', tokens: [65536, 131072, 262144], optimizers });
  const file = join(root, 'findings.md');
  const [page, ...figures] = writeFindings(file, readLedger([dir]));
  const text = readFileSync(page, 'utf8');
  assert.equal(figures.length, 4);
  for (const [, target] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
    assert.ok(existsSync(join(dirname(file), target)), target);
  assert.match(
    text,
    /At batch size 1 SGD minus Adam is −0\.10 after 65,536 tokens .* and \+0\.10 after 262,144 tokens/,
  );
  assert.match(text, /No claim was judged at two sizes yet/);
  assert.doesNotMatch(text, /NaN|undefined|\[object|Runs go on/);
  const svg = readFileSync(join(root, 'findings', 'map.svg'), 'utf8');
  // Batch size 16 and four times the tokens: -0.1 + 0.4 + 0.2.
  assert.match(svg, />\+0\.50</);
  assert.match(svg, />−0\.10</);
  assert.match(svg, />no difference</);
});

test('without a map there is one line that says what to run', () => {
  assert.throws(
    () => writeFindings(join(root, 'none.md'), { studies: [], others: [], open: [] }),
    (error) => error instanceof UserError && /gaplab study map --size long/.test(error.message),
  );
});
