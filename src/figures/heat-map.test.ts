// The heat map: every kind of cell, and the lines at the places where their numbers cross zero.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchSnapshot } from '../report/snapshot.testing.ts';
import { standaloneSvg } from '../report/svg.ts';
import { type HeatRow, heatMap } from './heat-map.ts';

const figure = heatMap({
  aria: 'a map',
  x: { label: 'batch size', tick: String },
  y: { label: 'tokens', tick: String },
  value: 'gap',
  plus: 'worse',
  minus: 'better',
  format: (value) => value.toFixed(1),
  full: 1,
  lines: [
    { name: 'equal', look: 'line' },
    { name: 'plateau', look: 'dashed' },
  ],
});

const cell = (x: number, y: number, value: number | null, more: Partial<HeatRow> = {}): HeatRow => ({
  ...{
    panel: '',
    x,
    y,
    value,
    lo: value === null ? null : value - 0.2,
    hi: value === null ? null : value + 0.2,
  },
  ...{ open: false, note: 'diverged', lines: { equal: value, plateau: null } },
  ...more,
});

const rows = [
  cell(1, 100, -0.5),
  cell(4, 100, 0.5),
  cell(64, 100, null),
  cell(1, 300, 0.1, { open: true }),
  cell(4, 300, 0.5),
  cell(64, 300, 3),
];

test('a map with a cell of every kind is as recorded', () => {
  matchSnapshot(new URL('heat-map.snap.svg', import.meta.url), standaloneSvg(figure, rows));
  matchSnapshot(
    new URL('heat-map-narrow.snap.svg', import.meta.url),
    standaloneSvg(figure, rows, { width: 350 }),
  );
});

test('the line crosses half-way between -0.5 and 0.5, and a line without numbers is not in the legend', () => {
  const svg = standaloneSvg(figure, rows);
  assert.match(svg, /equal/);
  // Numbers stand in the middle of cells: the line goes through the middle between those of -0.5 and 0.5.
  const [left, right] = [
    /translate\(([\d.]+),[\d.]+\)" y="0.32em">-0\.5</,
    /translate\(([\d.]+),[\d.]+\)" y="0.32em">0\.5</,
  ].map((number) => Number(number.exec(svg)![1]));
  assert.equal(Number(/<path d="M([\d.]+),/.exec(svg)![1]), (left + right) / 2);
  assert.doesNotMatch(svg, /plateau/);
  assert.match(svg, /\(0\.1\)/);
  assert.match(svg, /diverged/);
});

test('nothing to draw is no error', () => {
  assert.match(standaloneSvg(figure, []), /<svg/);
});
