import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchSnapshot } from '../report/snapshot.testing.ts';
import { inlineSvg, standaloneSvg } from '../report/svg.ts';
import { type LineRow, type LinesSpec, linesFigure } from './theory-lines.ts';

const spec: LinesSpec = {
  aria: 'Loss against batch size',
  x: { label: 'batch size', scale: 'batch' },
  y: { label: 'loss', scale: 'log' },
  series: [
    { name: 'SGD', of: { arm: 'sgd' }, look: 'line and points' },
    { name: 'SGD, SDE', of: { arm: 'sgd' }, look: 'dashed' },
    { name: 'measured', of: { level: 0, levels: 2 }, look: 'points' },
    { name: 'limit', of: { other: 0 }, look: 'dotted' },
  ],
  band: 'quartiles',
  open: 'edge of the grid',
  rules: [2],
};

const rows: LineRow[] = ['noise 3', 'noise 10', 'noise 30'].flatMap((panel, p) =>
  [1, 2, 4, 8, 16, 64].flatMap((x, i): LineRow[] => {
    const y = (0.4 * (p + 1) * 6) / Math.sqrt(x);
    return [
      { panel, series: 'SGD', x, y: i === 3 && p === 1 ? null : y, lo: 0.8 * y, hi: 1.3 * y, open: i === 5 },
      { panel, series: 'SGD, SDE', x, y: 1.1 * y },
      { panel, series: 'measured', x, y: 0.7 * y },
      { panel, series: 'limit', x, y: i === 0 ? 0 : 0.5 },
    ];
  }),
);
const single = rows.filter((row) => row.panel === 'noise 10').map((row) => ({ ...row, panel: '' }));
const linear: LinesSpec = {
  ...spec,
  x: { label: 'step', scale: 'linear' },
  y: { label: 'exponent', scale: 'linear', include: [0], max: 3 },
  rules: [0, 0.5],
};

test('figures are as recorded: three panels, one panel on a phone, linear axes', () => {
  matchSnapshot(new URL('theory-lines.snap.svg', import.meta.url), standaloneSvg(linesFigure(spec), rows));
  matchSnapshot(
    new URL('theory-lines-narrow.snap.svg', import.meta.url),
    standaloneSvg(linesFigure(spec), single, { width: 350 }),
  );
  matchSnapshot(
    new URL('theory-lines-linear.snap.svg', import.meta.url),
    standaloneSvg(linesFigure(linear), single),
  );
});

test('nothing to draw, and nothing that can be drawn on a logarithmic axis', () => {
  for (const none of [
    [],
    [{ panel: '', series: 'SGD', x: 1, y: null }],
    [{ panel: '', series: 'SGD', x: 1, y: -1, lo: -2, hi: Number.NaN }],
  ]) {
    const svg = standaloneSvg(linesFigure(spec), none);
    assert.match(svg, /<svg /);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  }
});

test('unknown values break a line; colours are those of the page', () => {
  const only = single.filter((row) => row.series === 'SGD');
  const svg = standaloneSvg(linesFigure(spec), only);
  const path = [...svg.matchAll(/aria-label="line"[\s\S]*?<path[^>]* d="([^"]*)"/g)].map((match) => match[1]);
  assert.equal(Math.max(...path.map((d) => d.split('M').length - 1)), 2);
  const inline = inlineSvg(linesFigure(spec), rows);
  assert.match(inline, /var\(--color-1\)/);
  assert.doesNotMatch(inline, /#0072b2|#d55e00/i);
});

test('every tick of a logarithmic axis has its number', () => {
  const wide: LineRow[] = [0.3, 1, 10, 60].map((y, i) => ({ panel: '', series: 'SGD', x: i + 1, y }));
  const svg = standaloneSvg(linesFigure(spec), wide);
  for (const label of ['0.5', '1', '2', '5', '10', '20', '50'])
    assert.match(svg, new RegExp(`>${label}<`), label);
});
