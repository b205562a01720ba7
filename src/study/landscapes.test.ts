// The tuner on a thousand random landscapes: the right learning rate is found, to within the noise,
// or the cell is marked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { frontier, isUnseparated } from '../analysis/frontier.ts';
import { freshSeeds, tuningSeeds } from '../analysis/seeds.ts';
import { row } from '../analysis/synthetic-rows.testing.ts';
import { tuningOf } from '../analysis/tuning.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { judgeOn, type Landscape, landscape, leastLoss, lossAt, spreadOf } from './landscapes.testing.ts';
import { sampleStudy } from './sample.testing.ts';
import { plan, type TunerResult } from './tuner.ts';

const LANDSCAPES = 1000;

const { sgd } = sampleStudy().optimizers;
const studyWith = (tuner: FrozenStudy['tuner']) =>
  sampleStudy({
    tuner,
    batchSizes: [4],
    optimizers: { sgd: { ...sgd, lr: { kind: 'bracket', guess: 1, ratio: 2, carry: 0 } } },
    seeds: { tune: 1, fresh: 4 },
    baseline: null,
    challenger: null,
  });

/** Tunes one cell to its end. */
function tuned(study: FrozenStudy, land: Landscape) {
  const results = new Map<string, TunerResult>();
  let state = plan(study, results);
  for (; !state.done; state = plan(study, results))
    for (const run of state.wanted) results.set(run.id, judgeOn(land, run));
  const [planned] = state.cells;
  const rows = planned.runs.map((run) => {
    const { status, valLoss } = results.get(run.id)!;
    return row({ runId: run.id, ...run.point, status, valLoss: valLoss as number | null });
  });
  const [cell] = frontier(rows, {
    tuning: tuningSeeds(study.seeds, tuningOf(study).seeds),
    fresh: freshSeeds(study.seeds),
  });
  assert.equal(cell.best?.lr, planned.best?.lr, 'tuner and analysis choose the same');
  assert.equal(cell.bracketed, planned.bracketed);
  return { planned, cell };
}

/** How many landscapes end how; `marked`: open, cut short or not separated, as status and report show it. */
function play(tuner: FrozenStudy['tuner']) {
  const study = studyWith(tuner);
  const counts = { found: 0, missedMarked: 0, missed: 0, foundMarked: 0 };
  const doubts: number[] = [];
  const runs = { bracket: 0, probe: 0, halve: 0, contest: 0, fresh: 0, grid: 0 };
  for (let n = 0; n < LANDSCAPES; n++) {
    const land = landscape(n);
    const { planned, cell } = tuned(study, land);
    const over = (cell.best ? lossAt(land, cell.best.lr) : Number.POSITIVE_INFINITY) - leastLoss(land);
    const isFound = over <= 2 * spreadOf(land) + 1e-9;
    const isMarked = !cell.bracketed || planned.reason !== undefined || isUnseparated(cell);
    for (const { rule } of planned.runs) runs[rule]++;
    if (isFound) counts.found++;
    if (cell.doubt !== null) doubts.push(cell.doubt / spreadOf(land));
    if (isFound && isMarked) counts.foundMarked++;
    if (!isFound && isMarked) counts.missedMarked++;
    if (!isFound && !isMarked) counts.missed++;
  }
  const noisy = doubts.filter(Number.isFinite).sort((a, b) => a - b);
  return { ...counts, runs, doubt: noisy[Math.floor(noisy.length / 2)] };
}

test('thorough tuning finds the best rate of a random landscape, or marks the cell', (t) => {
  const old = play(undefined);
  const thorough = play({ probe: 2, halve: 1, seeds: 3 });
  const sure = play({ probe: 2, halve: 1, seeds: 8, candidates: 5 });
  t.diagnostic(JSON.stringify({ old, thorough, sure }));
  assert.equal(sure.missed, 0, 'neither right nor marked with more candidates');
  assert.ok(sure.doubt < thorough.doubt / 2, `doubt ${sure.doubt} and ${thorough.doubt}`);
  assert.equal(thorough.missed, 0, 'a rate that is neither right nor marked');
  assert.ok(thorough.found >= 0.97 * LANDSCAPES, `found in ${thorough.found}`);
  // The landscapes are hard enough to tell: a bracket alone is wrong without a mark in many.
  assert.ok(old.missed >= 0.1 * LANDSCAPES, `a bracket alone is wrong in ${old.missed}`);
  const guide = readFileSync(new URL('../../docs/guide.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');
  const perCell = (n: number) => (n / LANDSCAPES).toFixed(1);
  for (const said of [
    `A bracket alone ends at a wrong rate in ${old.missed + old.missedMarked} of 1,000, to within the noise, and ${old.missed} of these are not marked.`,
    `Thorough tuning ends at a wrong rate in ${thorough.missedMarked}, and all of them are marked.`,
    `of the ${thorough.found} right ones ${thorough.foundMarked} are marked as well.`,
    `takes ${perCell(sure.runs.contest)} runs a cell in place of ${perCell(thorough.runs.contest)}, and the median \`doubt\` shrinks from ${thorough.doubt.toFixed(1)} standard deviations between seeds to ${sure.doubt.toFixed(1)}.`,
    `neighbours | ${perCell(thorough.runs.bracket)} |`,
    ...(['probe', 'halve', 'contest'] as const).map((rule) => `| ${perCell(thorough.runs[rule])} more |`),
  ])
    assert.ok(guide.includes(said), `docs/guide.md does not say: ${said}`);
});
