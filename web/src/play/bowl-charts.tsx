// The quadratics' figures: losses along the steps, and final losses by learning rate.
import { BOWL_STEPS } from './bowl.ts';
import { Chart } from './chart.tsx';
import { domainOf, shortNumber } from './scale.ts';
import { multiples, type ResultOf, type WishOf } from './theory-jobs.ts';

export interface BowlShown {
  wish: WishOf<'bowl'>;
  result: ResultOf<'bowl'>;
}

const titles = { sgd: 'SGD with momentum', adam: 'Adam' };

/** Losses below are drawn there: a double tells nothing more. */
const FLOOR = 1e-12;
const drawn = (y: number | null) => (y === null ? null : Math.max(FLOOR, y));

/** `times`: the learning rates of the first figure over the best ones. */
export function BowlCharts({ result, times }: BowlShown & { times: number }) {
  const both = [result.adam, result.sgd].map((one, i) => ({ ...one, colour: `var(--color-${i})` }));
  const ways = both.map(({ ways }) => ways[multiples.indexOf(times)]);
  const axis = (values: (number | null)[]) => {
    const [least, most] = domainOf(values.map((y) => (y === null ? null : Math.log10(Math.max(FLOOR, y)))))!;
    return [10 ** least, 10 ** most] as const;
  };
  return (
    <div class="pair">
      <Chart
        title={`Loss along ${BOWL_STEPS} steps of SGD and Adam at ${times} times their best learning rates`}
        x={{ label: 'steps', domain: [0, BOWL_STEPS] }}
        y={{ label: 'loss (log scale)', log: true, domain: axis(ways.flat().map(({ y }) => y)) }}
        series={both.map(({ method, colour }, i) => ({
          ...{ name: titles[method], colour },
          points: ways[i].map(({ x, y }) => ({ x, y: drawn(y) })),
        }))}
        table={{
          columns: ['step', ...both.map(({ method }) => titles[method])],
          rows: ways[0]
            .filter((_, i) => i % 10 === 0)
            .map(({ x, y }, i) => [
              ...[x, y === null ? 'diverged' : shortNumber(y)],
              ways[1][10 * i].y === null ? 'diverged' : shortNumber(ways[1][10 * i].y!),
            ]),
        }}
      />
      <Chart
        title="Final loss of SGD and Adam against learning rate"
        x={{ label: 'learning rate (log scale)', log: true, domain: [1e-6, 10] }}
        y={{
          ...{ label: 'final loss (log scale)', log: true },
          domain: axis(both.flatMap(({ tried }) => tried.map(({ loss }) => loss))),
        }}
        series={both.map(({ method, colour, tried }) => ({
          ...{ name: titles[method], colour, dots: true },
          points: tried.map(({ lr, loss }) => ({ x: lr, y: drawn(loss) })),
        }))}
        table={{
          columns: ['optimizer', 'learning rate', 'final loss'],
          rows: both.flatMap(({ method, tried }) =>
            tried.map(({ lr, loss }) => [
              ...[titles[method], shortNumber(lr)],
              loss === null ? 'diverged' : shortNumber(loss),
            ]),
          ),
        }}
      />
    </div>
  );
}
