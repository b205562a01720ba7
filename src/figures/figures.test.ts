import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontier } from '../analysis/frontier.ts';
import { gaps } from '../analysis/gap.ts';
import type { RunRow } from '../analysis/rows.ts';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { matchSnapshot } from '../report/snapshot.testing.ts';
import { type Figure, inlineSvg, standaloneSvg } from '../report/svg.ts';
import { type DotRow, dotsFigure } from './dots.ts';
import { effortFigure } from './effort.ts';
import { gapFigure } from './gap.ts';
import { lrCurvesFigure } from './lr-curves.ts';
import { lrMapFigure } from './lr-map.ts';
import { type ParallelRow, parallelFigure } from './parallel.ts';
import { effortRows, gapRows, lrCurveRows, trainingCurveRows, tunedLossRows } from './rows.ts';
import { trainingCurvesFigure } from './training-curves.ts';
import { tunedLossFigure } from './tuned-loss.ts';

/** Every figure of a study, drawn. */
function draw(rows: RunRow[]) {
  const cells = frontier(rows, { tuning: [0] });
  const found = gaps(cells, { baseline: 'adam', challenger: 'sgd' });
  return {
    gap: bind(gapFigure, gapRows(found, cells)),
    'tuned-loss': bind(tunedLossFigure, tunedLossRows(cells)),
    'lr-curves': bind(lrCurvesFigure, lrCurveRows(rows, cells)),
    'lr-map': bind(lrMapFigure, lrCurveRows(rows, cells)),
    'training-curves': bind(trainingCurvesFigure, trainingCurveRows(rows, cells, 30)),
    effort: bind(effortFigure, effortRows(rows)),
  };
}

function bind<Row>(figure: Figure<Row>, rows: Row[]) {
  return {
    svg: (width?: number) => standaloneSvg(figure, rows, { width }),
    inline: () => inlineSvg(figure, rows),
    empty: () => standaloneSvg(figure, []),
  };
}

/** A study with one of everything: an open bracket, a cell that diverged, a failed one, a missing run. */
function troubled(): RunRow[] {
  const spoil = (row: RunRow, status: RunRow['status']): RunRow => ({ ...row, status, valLoss: null });
  return syntheticRows([0]).map((row) => {
    const cell = `${row.optimizer} ${row.batchSize}`;
    if (cell === 'sgd 256' && row.lr > 0.6) return spoil(row, 'missing');
    if (cell === 'adam 64') return spoil(row, 'failed');
    if (cell === 'sgd 16') return spoil(row, 'diverged');
    if (cell === 'sgd 4' && row.lr < 0.02) return { ...row, valLoss: 9 };
    return row;
  });
}

test('figures of a complete study are as recorded', () => {
  for (const [name, figure] of Object.entries(draw(syntheticRows())))
    matchSnapshot(new URL(`${name}.snap.svg`, import.meta.url), figure.svg());
});

test('figures of a troubled study, on a phone, are as recorded', () => {
  for (const [name, figure] of Object.entries(draw(troubled())))
    matchSnapshot(new URL(`${name}-troubled.snap.svg`, import.meta.url), figure.svg(350));
});

test('runs as lines over their settings: numbers by size, words by name, the diverged dashed', () => {
  const run = (name: string, rank: number | null, settings: Record<string, string | number | null>) =>
    ({ run: name, label: name, diverged: rank === null, rank, ...settings }) as ParallelRow;
  const rows = [
    run('a', 0, { optimizer: 'SGD', batchSize: 2, momentum: 0.9, lr: 0.5, loss: 3.8 }),
    run('b', 1, { optimizer: 'Adam', batchSize: 128, momentum: null, lr: 0.008, loss: 4.5 }),
    run('c', null, { optimizer: 'SGD', batchSize: 16, momentum: 0, lr: 4, loss: null }),
  ];
  const axes = ['optimizer', 'batchSize', 'momentum', 'lr', 'loss'].map((field) => ({
    ...{ field, label: field, log: field === 'batchSize' || field === 'lr' },
  }));
  const figure = parallelFigure(axes);
  matchSnapshot(new URL('parallel.snap.svg', import.meta.url), standaloneSvg(figure, rows));
  for (const some of [[], rows.slice(0, 1), rows.slice(2)])
    assert.doesNotMatch(standaloneSvg(figure, some, { width: 350 }), /NaN|undefined|Infinity/);
});

test('named values in panels: bars, hollow points, notes in place of values, on a phone as well', () => {
  const dot = (panel: string, label: string, value: number | null, part: Partial<DotRow> = {}): DotRow => ({
    ...{ panel, label, arm: label.toLowerCase(), value, open: false, note: 'every run diverged' },
    lo: value === null ? null : value - 0.05,
    hi: value === null ? null : value + 0.03,
    ...part,
  });
  const rows = [
    dot('batch size 1', 'SGD', 3.3),
    dot('batch size 1', 'Adam', 3.35, { open: true }),
    dot('batch size 64', 'SGD', null),
    dot('batch size 64', 'Adam', 3.7, { lo: null, hi: null }),
  ];
  const figure = dotsFigure({ aria: 'Losses', x: 'loss (nats/token)', bar: 'best to worst seed', rule: 3.5 });
  matchSnapshot(new URL('dots.snap.svg', import.meta.url), standaloneSvg(figure, rows));
  const narrow = standaloneSvg(figure, rows, { width: 350 });
  for (const text of ['every run diverged', 'unbracketed', 'batch size 64', 'best to worst seed'])
    assert.ok(narrow.includes(`>${text}<`), text);
  assert.doesNotMatch(standaloneSvg(figure, []), /NaN|undefined|Infinity/);
});

test('dots of very different sizes and both signs: decades on both sides of zero, none on the zero itself', () => {
  const row = (label: string, value: number, lo: number, hi: number): DotRow => ({
    ...{ panel: 'batch size 64', label, arm: null, value, lo, hi },
    ...{ open: false, note: '' },
  });
  const figure = dotsFigure({
    aria: 'Sharpness',
    x: 'sharpness',
    bar: '95% interval',
    rule: 0,
    linearWithin: 0.01,
  });
  const svg = standaloneSvg(figure, [row('SGD', -109, -459, 241), row('Adam', 0.04, 0.03, 0.05)]);
  const ticks = [...svg.matchAll(/>(−?[\d.]+)<\/text>/g)].map(([, text]) => text);
  assert.deepEqual(ticks, ['−100', '−1', '0', '1', '100']);
  matchSnapshot(new URL('dots-signed.snap.svg', import.meta.url), svg);
});

test('every figure stands alone as a file, follows the theme in a page, and draws nothing from nothing', () => {
  for (const figure of Object.values(draw(syntheticRows()))) {
    const file = figure.svg();
    assert.match(file, /<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.doesNotMatch(file, /var\(|NaN|undefined|Infinity/);
    const inline = figure.inline();
    assert.match(inline, /var\(--/);
    assert.doesNotMatch(inline, /#0072b2|#d55e00/i);
    assert.match(figure.empty(), /<svg /);
    assert.doesNotMatch(figure.empty(), /NaN|undefined|Infinity/);
  }
});

test('what is not known is not drawn: lines break, open brackets are hollow, diverged runs are crosses', () => {
  const cells = frontier(troubled());
  const gap = gapRows(gaps(cells, { baseline: 'adam', challenger: 'sgd' }), cells);
  assert.deepEqual(
    gap.map((row) => [row.batchSize, row.status, row.gap !== null, row.bracketed]),
    [
      [1, 'done', true, true],
      [4, 'done', true, true],
      [16, 'diverged', false, false],
      [64, 'failed', false, false],
      [256, 'done', true, false],
    ],
  );
  const svg = draw(troubled()).gap.svg();
  assert.match(svg, />unbracketed</);
  assert.match(svg, />one seed, no interval</);
  assert.match(svg, />every run diverged</);
  // One subpath for batch sizes 1-4, one for 256 alone.
  const line = /aria-label="line"[\s\S]*?<path[^>]* d="([^"]*)"/.exec(svg)![1];
  assert.equal(line.split('M').length - 1, 2);
});

test('training curves are averaged over windows of tokens and end where the run ends', () => {
  const rows = syntheticRows();
  const cells = frontier(rows);
  const curve = trainingCurveRows(rows, cells, 10).filter((r) => r.batchSize === 4 && r.optimizer === 'adam');
  assert.ok(curve.length >= 9 && curve.length <= 11);
  const winner = rows.find((row) => row.runId === cells.find((c) => c.batchSize === 4)?.best?.runId)!;
  assert.equal(curve.at(-1)!.tokens, winner.lossCurve!.at(-1)!.tokens);
  const first = winner.lossCurve!.filter((point) => point.tokens <= curve[0].tokens);
  const average = first.reduce((sum, point) => sum + point.loss, 0) / first.length;
  assert.ok(Math.abs(curve[0].loss - average) < 1e-12);
});
