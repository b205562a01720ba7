// The visitor's own little gap plot, over what the study of the playground measured.

import { measuredGaps } from './basins.ts';
import { Chart } from './chart.tsx';
import { measured } from './measured.ts';
import { arms, batchSizes } from './race.ts';
import { ownGaps, type Result } from './results.ts';
import { domainOf, signed } from './scale.ts';
import type { Settings } from './settings.ts';

interface Props {
  settings: Settings;
  results: Result[];
  clear(): void;
}

export function GapFigure({ settings: { left, right, given, batchSize }, results, clear }: Props) {
  // The second minus the first, so that above zero the first is ahead: Adam, unless it was chosen otherwise.
  const pair = { arm: right, against: left, given };
  const before = measuredGaps(measured, pair, batchSizes);
  const own = ownGaps(results, pair);
  const points = own.flatMap(({ batchSize, gap }) => (gap === null ? [] : [{ x: batchSize, y: gap }]));
  const [least, most] = domainOf(
    [0, ...before.flatMap(({ lo, hi }) => [lo, hi]), ...points.map(({ y }) => y)],
    0.1,
  )!;
  const [a, b] = [arms[left].title, arms[right].title];
  const shown = (size: number) => {
    const mine = own.find((gap) => gap.batchSize === size);
    if (!mine) return null;
    return mine.gap === null ? 'diverged' : signed(mine.gap);
  };
  return (
    <section class="card" aria-labelledby="gaps">
      <h2 id="gaps">Your gap plot</h2>
      <Chart
        title={`Gap between ${b} and ${a} against batch size, at equal ${given}`}
        x={{ label: 'batch size (sequences, log scale)', domain: [1.5, 171], log: true, ticks: batchSizes }}
        y={{
          label: `${b === arms.sgd.title ? 'SGD' : b} − ${a} (nats/token)`,
          domain: [least, most],
          format: signed,
        }}
        series={[
          {
            ...{ name: `measured before: mean of ${measured.seeds.fresh} seeds, lowest to highest` },
            ...{ colour: 'var(--muted)', dash: '5 4' },
            points: before.map(({ batchSize, gap }) => ({ x: batchSize, y: gap })),
            band: before.map(({ batchSize, lo, hi }) => ({ x: batchSize, lo, hi })),
          },
          { name: 'your races', colour: 'var(--color-2)', points, dots: true },
        ]}
        marks={[{ y: 0 }, { x: batchSize, label: 'the slider', colour: 'var(--link)' }]}
        table={{
          columns: ['batch size', 'yours', 'your seeds', 'measured before', 'lowest', 'highest', 'its seeds'],
          rows: batchSizes.map((size) => {
            const there = before.find((gap) => gap.batchSize === size);
            const mine = own.find((gap) => gap.batchSize === size);
            return [
              ...[size, shown(size), mine?.seeds.length ?? 0, there ? signed(there.gap) : null],
              ...(there ? [signed(there.lo), signed(there.hi), there.seeds] : [null, null, 0]),
            ];
          }),
        }}
      />
      <p class="muted">
        Above 0, {a} is ahead. Each of your races adds a dot: try the smallest and the largest batch size.{' '}
        {results.length > 0 && (
          <button type="button" onClick={clear}>
            Forget my races
          </button>
        )}
      </p>
    </section>
  );
}
