// Small multiples: how panels are laid out, and when they get scales of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standaloneSvg } from '../report/svg.ts';
import { batchPanels, gridOf, ownScale, squashes } from './facets.ts';
import { boldWidth, wrapText } from './legend.ts';
import { type LineRow, linesFigure } from './theory-lines.ts';

const sizes = { least: 170, left: [46, 46] } as const;
const five = batchPanels([256, 1, 4, 16, 64, 1].map((batchSize) => ({ batchSize })));

test('panels stand in order, as many side by side as stay wide, evened out over the rows', () => {
  assert.deepEqual(
    five,
    [1, 4, 16, 64, 256].map((size) => `batch size ${size}`),
  );
  assert.equal(gridOf(five, 820, sizes).columns, 3);
  assert.equal(gridOf(five.slice(0, 4), 820, sizes).columns, 2);
  assert.equal(gridOf(five, 350, sizes).columns, 1);
  assert.equal(gridOf([], 820, sizes).columns, 1);
  for (const width of [350, 720, 820]) {
    const { columns, inner } = gridOf(five, width, sizes);
    assert.ok(inner >= sizes.least);
    assert.ok(columns * (46 + inner + 16) <= width + 1e-9);
  }
});

test('titles never reach into the next panel: they are wrapped, and panels are fewer where two lines are not enough', () => {
  const long = 'four layers and learned positions, 1.2 million tokens, batch size';
  const names = [1, 4, 16, 64].map((size) => `${long} ${size}`);
  const { inner } = gridOf(names, 820, sizes);
  for (const name of names) {
    const lines = wrapText(name, inner, boldWidth);
    assert.ok(lines.length <= 2 && lines.every((line) => boldWidth(line) <= inner), lines.join(' / '));
    assert.equal(lines.join(' '), name);
  }
  const rows = names.map((panel): LineRow => ({ panel, series: 'gap', x: 1, y: 1 }));
  const figure = linesFigure({
    aria: 'Gap',
    x: { label: 'batch size', scale: 'batch' },
    y: { label: 'gap', scale: 'linear' },
    series: [{ name: 'gap', of: { other: 0 } }],
  });
  const texts = [...standaloneSvg(figure, rows).matchAll(/>([^<\n]+)<\/text>/g)].map(([, text]) => text);
  for (const name of names)
    for (const line of wrapText(name, 170, boldWidth).slice(0, 1))
      assert.ok(
        texts.some((text) => text.startsWith(line.split(' ')[0])),
        line,
      );
});

test('panels have scales of their own where a common one would squash one of them, and the axis says so', () => {
  assert.equal(
    squashes([
      [0, 1],
      [0.5, 0.8],
    ]),
    false,
  );
  assert.equal(
    squashes([
      [0, 1],
      [0.5, 0.6],
    ]),
    true,
  );
  assert.equal(squashes([[0, 1], [0.5, 0.5], []]), false);
  assert.equal(squashes([]), false);
  const draw = (height: number) =>
    standaloneSvg(
      linesFigure({
        aria: 'Loss',
        x: { label: 'x', scale: 'linear' },
        y: { label: 'loss', scale: 'linear' },
        series: [{ name: 'SGD', of: { arm: 'sgd' } }],
      }),
      ['one', 'two'].flatMap((panel, p) =>
        [0, 1, 2].map((x): LineRow => ({ panel, series: 'SGD', x, y: p === 0 ? 10 * x : height * x })),
      ),
    );
  assert.ok(draw(1).includes(`>loss${ownScale}<`));
  assert.ok(draw(8).includes('>loss<'));
  // The line of the flat panel uses its height: panels are 140 pixels high.
  const paths = [...draw(1).matchAll(/aria-label="line"[^>]*>\s*<path[^>]* d="M([^"]*)"/g)];
  assert.equal(paths.length, 2);
  for (const [, path] of paths) {
    const heights = path.split('L').map((point) => Number(point.split(',')[1]));
    assert.ok(Math.max(...heights) - Math.min(...heights) > 100, path);
  }
});
