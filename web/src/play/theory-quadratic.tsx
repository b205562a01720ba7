// Quadratics whose blocks are alike or not: what the Hessian makes of the gap, what the noise, what the batch size.
import { useMemo } from 'preact/hooks';
import { along, BOWL_STEPS, batchOf, bowls, noises, tuned } from './bowl.ts';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { domainOf, shortNumber } from './scale.ts';
import { type TheoryState, theoryBatches } from './theory-state.ts';

const momenta = [0, 0.5, 0.9, 0.95, 0.98];
const multiples = [0.1, 0.3, 1, 3, 10];
const bowlText = { heterogeneous: 'blocks of unlike curvature', homogeneous: 'blocks alike' };
const noiseText = {
  columns: 'from picking few of nine samples',
  isotropic: 'added, the same in all directions',
  hessian: 'added, in proportion to the curvature',
};
const titles = { sgd: 'SGD with momentum', adam: 'Adam' };

/** Losses below are drawn there: a double tells nothing more. */
const FLOOR = 1e-12;
const drawn = (y: number | null) => (y === null ? null : Math.max(FLOOR, y));

export function QuadraticSection({ get, set }: TheoryState) {
  const batchSize = get('batch', theoryBatches, 16);
  const bowl = get('bowl', bowls, 'heterogeneous');
  const noise = get('from', noises, 'isotropic');
  const beta = get('bowl-momentum', momenta, 0.95);
  const times = get('times', multiples, 1);
  const wish = { bowl, noise, batchSize: batchOf({ noise, batchSize }), beta };
  const both = useMemo(
    () =>
      (['adam', 'sgd'] as const).map((method, i) => ({
        ...tuned(wish, method),
        colour: `var(--color-${i})`,
      })),
    [bowl, noise, wish.batchSize, beta],
  );
  const ways = useMemo(
    () => both.map(({ method, best }) => along(wish, method, best.lr * times)),
    [both, times],
  );
  const [adam, sgd] = both;
  const ratio = sgd.best.loss / adam.best.loss;
  const axis = (values: (number | null)[]) => {
    const [least, most] = domainOf(values.map((y) => (y === null ? null : Math.log10(Math.max(FLOOR, y)))))!;
    return [10 ** least, 10 ** most] as const;
  };
  return (
    <section class="step" aria-labelledby="bowl">
      <h2 id="bowl">3. The curvature: is it the shape of the bowl?</h2>
      <p class="prose">
        Another explanation: the curvature of a Transformer differs from block to block, and only Adam adapts
        to it. Here are two bowls with the same nine curvatures (1 to 5,000), sorted into blocks that are
        alike or not. Both optimizers take {BOWL_STEPS} steps at the best of many learning rates.
      </p>
      <p class="prose">
        <strong>
          Batch size {wish.batchSize}: tuned SGD ends at {shortNumber(sgd.best.loss)}, tuned Adam at{' '}
          {shortNumber(adam.best.loss)}:{' '}
          {ratio > 2
            ? `SGD ends ${shortNumber(ratio)} times higher.`
            : ratio < 0.5
              ? `Adam ends ${shortNumber(1 / ratio)} times higher.`
              : 'the two are close.'}
        </strong>{' '}
        {noise === 'columns' && 'There are only nine samples, so a batch has at most nine. '}
        The answer depends on where the noise comes from: try all three.
      </p>
      <div class="controls">
        <Choice
          {...{ id: 'bowl-batch', name: 'Batch size', values: theoryBatches, value: batchSize, text: String }}
          pick={(value) => set('batch', value)}
        />
        <Choice
          {...{ id: 'bowl-momentum', name: 'Momentum β', values: momenta, value: beta, text: String }}
          pick={(value) => set('bowl-momentum', value)}
        />
        <Choice
          {...{
            id: 'times',
            name: 'Learning rate, times the best',
            values: multiples,
            value: times,
            text: String,
          }}
          pick={(value) => set('times', value)}
        />
        <Radios
          legend="Bowl"
          name="bowl"
          values={bowls}
          texts={bowlText}
          value={bowl}
          pick={(v) => set('bowl', v)}
        />
        <Radios
          legend="Noise"
          name="from"
          values={noises}
          texts={noiseText}
          value={noise}
          pick={(v) => set('from', v)}
        />
      </div>
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
    </section>
  );
}

interface RadiosProps<T extends string> {
  legend: string;
  name: string;
  values: readonly T[];
  texts: Record<T, string>;
  value: T;
  pick(value: T): void;
}

function Radios<T extends string>({ legend, name, values, texts, value, pick }: RadiosProps<T>) {
  return (
    <fieldset class="field plain">
      <legend class="name">{legend}</legend>
      {values.map((one) => (
        <label key={one}>
          <input type="radio" name={name} checked={one === value} onChange={() => pick(one)} /> {texts[one]}
        </label>
      ))}
    </fieldset>
  );
}
