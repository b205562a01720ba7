import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchSnapshot } from '../report/snapshot.testing.ts';
import { inlineSvg, standaloneSvg } from '../report/svg.ts';
import { type OpeningRow, openingFigure } from './opening.ts';

const figure = openingFigure({ gap: 'SGD − Adam (nats/token)', challenger: 'sgd', margin: 0.08 });
const blank = { y: null, lo: null, hi: null, from: null, to: null, open: false, note: '' };
const gap = (x: number, y: number, open = false): OpeningRow => ({
  ...{ ...blank, kind: 'gap', label: 'gap', x, y, open },
  lo: y - 0.05,
  hi: y + 0.05,
});
const rows: OpeningRow[] = [
  ...[gap(1, -0.12), gap(4, 0.02), gap(16, 0.4), gap(64, 0.72, true)],
  { ...blank, kind: 'measured', label: 'opening measured', x: 5, lo: 4, hi: 6.5 },
  { ...blank, kind: 'predicted', label: 'B*, Adam 1', x: 360, lo: 320, hi: 400, from: 120, to: 900 },
  { ...blank, kind: 'predicted', label: 'B* momentum, Adam 1', x: 9, lo: 8, hi: 10, from: 3, to: 23 },
  { ...blank, kind: 'other', label: 'B*, SGD 64', x: null, note: 'not measured' },
];

test('the gap and the lines below it, as recorded, and on a phone', () => {
  matchSnapshot(new URL('opening.snap.svg', import.meta.url), standaloneSvg(figure, rows));
  assert.match(inlineSvg(figure, rows), /var\(--ink\)/);
  assert.match(standaloneSvg(figure, rows, { width: 350 }), /width="350"/);
  assert.match(standaloneSvg(figure, rows), />not measured</);
});

test('predictions far from what was run stay on the axis; nothing to draw breaks nothing', () => {
  const far = rows.map((row) =>
    row.kind === 'predicted' ? { ...row, x: 60_000, hi: 70_000, to: 200_000 } : row,
  );
  assert.match(standaloneSvg(figure, far), />256k</);
  for (const none of [[], rows.slice(4), rows.slice(0, 4)])
    assert.doesNotMatch(standaloneSvg(figure, none), /NaN|undefined|Infinity/);
});
