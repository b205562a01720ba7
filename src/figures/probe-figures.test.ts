// The figures of probes as pictures (see report/snapshot.ts), on numbers that look like measured ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { matchSnapshot } from '../report/snapshot.testing.ts';
import { type Figure, inlineSvg, standaloneSvg } from '../report/svg.ts';
import { imbalanceFigure } from './probe-imbalance.ts';
import { pairsFigure } from './probe-pairs.ts';
import { spectrumFigure } from './probe-spectrum.ts';
import { termsFigure } from './probe-terms.ts';

const panels = ['Adam, batch 64', 'SGD, batch 64'];

const imbalance = panels.flatMap((panel, p) =>
  [0, 100000, 200000, 300000].flatMap((tokens) =>
    [1, 2, 3, 4, 5].map((group) => {
      const learned = (tokens / 300000) * (6 - group * (0.5 + 0.4 * p));
      return { panel, tokens, group, groups: 5, loss: group === 3 && tokens === 0 ? null : 7 - learned };
    }),
  ),
);

const terms = panels.flatMap((panel, p) =>
  ['update', 'sgd', 'adam'].map((direction, i) => {
    const [first, second] = [-0.01 * (i + 1), 0.004 * (1 + i * p)];
    return { panel, direction, first, second, sum: first + second, actual: 0.9 * (first + second) };
  }),
);

const { normal } = createRng(1, 'probe figures');
const spectrum = ['all', 'embedding', 'head'].flatMap((block, i) =>
  Array.from({ length: 20 }, (_, k) => ({
    panel: panels[0],
    block,
    value: k < 2 ? 10 ** i * (k + 1) : 0.02 * normal(),
    weight: k < 2 ? 0.001 : 0.998 / 18,
  })),
);

const pairs = [
  { panel: panels[0], a: 'update', b: 'sgd', value: 0.4 },
  { panel: panels[0], a: 'update', b: 'signum', value: 0.8 },
  { panel: panels[0], a: 'sgd', b: 'signum', value: -0.25 },
];

function check<R>(name: string, figure: Figure<R>, rows: R[]) {
  test(`${name}: drawn as recorded, in the page's colours, on a phone, and without rows`, () => {
    matchSnapshot(new URL(`${name}.snap.svg`, import.meta.url), standaloneSvg(figure, rows));
    assert.match(inlineSvg(figure, rows), /var\(--ink\)/);
    assert.match(standaloneSvg(figure, rows, { width: 360 }), /width="360"/);
    const empty = standaloneSvg(figure, []);
    for (const svg of [standaloneSvg(figure, rows), empty])
      assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  });
}

check('probe-imbalance', imbalanceFigure, imbalance);
check('probe-terms', termsFigure, terms);
check('probe-spectrum', spectrumFigure, spectrum);
check('probe-pairs', pairsFigure('cosine between updates', 1), pairs);
