// The pull of sign descent against batch size: the erf curve of Theorem 1, exactly, also under heavy tails.
import { useMemo } from 'preact/hooks';
import { asymptoticExponent, signMean } from '../../../src/theory/student-t.ts';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { shortNumber } from './scale.ts';
import { type TheoryState, theoryBatches } from './theory-state.ts';

const tails = [1, 1.5, 2, 3, 5, Number.POSITIVE_INFINITY];
const ratios = [3, 10, 30, 100];
/** Between the stops of the slider, so that the curve is smooth. */
const grid = theoryBatches.flatMap((size, i) =>
  i + 1 < theoryBatches.length ? [size, Math.round(size * Math.SQRT2)] : [size],
);
const percent = (share: number) => `${Math.round(100 * share)}%`;
const tailText = (degrees: number) =>
  degrees === Number.POSITIVE_INFINITY ? 'none (Gaussian)' : `Student t, ${degrees} degrees of freedom`;

const laws = new Map<string, ReturnType<typeof signMean>>();

/** Mean sign of a batch gradient when the noise of one sample is `ratio` times the slope. */
function driftOf(degrees: number, ratio: number, batchSize: number): number {
  const key = `${degrees} ${batchSize}`;
  // The law of a batch mean takes its time under heavy tails, and is the same for every slope.
  const law = laws.get(key) ?? signMean(degrees, 1, batchSize);
  laws.set(key, law);
  return law.drift(1 / ratio);
}

export function DriftSection({ get, set }: TheoryState) {
  const batchSize = get('batch', theoryBatches, 16);
  const degrees = get('tails', tails, Number.POSITIVE_INFINITY);
  const ratio = get('ratio', ratios, 10);
  const curveOf = (nu: number) => grid.map((size) => ({ x: size, y: driftOf(nu, ratio, size) }));
  const [chosen, gaussian] = useMemo(
    () => [curveOf(degrees), curveOf(Number.POSITIVE_INFINITY)],
    [degrees, ratio],
  );
  const here = driftOf(degrees, ratio, batchSize);
  const heavy = degrees !== Number.POSITIVE_INFINITY;
  const exponent = asymptoticExponent(degrees);
  return (
    <section class="step" aria-labelledby="drift">
      <h2 id="drift">2. The pull: how much of its speed does your batch size leave?</h2>
      <div class="pair">
        <div>
          <p>
            Sign descent moves at its full speed only if every sign is right. With Gaussian noise the share is
            erf(√(B/2) g/σ) for slope g and noise σ: it grows like √B at first, and is full when √B g is well
            above σ. SGD’s mean motion does not change with B. Heavy tails, noise in which very large values
            are not rare, make signs of small batches better than their spread suggests, and averaging help
            less.
          </p>
          <p>
            <strong>
              At your batch size {batchSize} sign descent has {percent(here)} of its full speed.
            </strong>{' '}
            {heavy && degrees <= 2
              ? `Far below saturation it grows like B to the power ${shortNumber(exponent)} in the limit.`
              : 'Far below saturation it grows like the square root of B.'}
          </p>
          <Choice
            {...{
              id: 'drift-batch',
              name: 'Your batch size',
              values: theoryBatches,
              value: batchSize,
              text: String,
            }}
            pick={(value) => set('batch', value)}
          />
          <Choice
            {...{
              id: 'ratio',
              name: 'Noise of one sample over slope, σ/g',
              values: ratios,
              value: ratio,
              text: String,
            }}
            pick={(value) => set('ratio', value)}
          />
          <Choice
            {...{ id: 'tails', name: 'Heavy tails', values: tails, value: degrees, text: tailText }}
            pick={(value) => set('tails', value)}
          />
        </div>
        <Chart
          title={`Share of the full speed of sign descent against batch size, noise ${ratio} times the slope`}
          x={{
            ...{ label: 'batch size B (log scale)', log: true, domain: [1, 4096] },
            ticks: [1, 4, 16, 64, 256, 1024, 4096],
          }}
          y={{ label: 'share of the full speed', domain: [0, 1.18], format: percent }}
          series={[
            ...(heavy
              ? [{ name: 'Gaussian noise', colour: 'var(--muted)', dash: '5 4', points: gaussian }]
              : []),
            {
              name: heavy ? `noise with tails (${degrees} degrees of freedom)` : 'Gaussian noise',
              ...{ colour: 'var(--color-0)', points: chosen },
            },
            {
              ...{ name: 'SGD, at every batch size', colour: 'var(--color-1)', dash: '6 4' },
              points: [1, 4096].map((size) => ({ x: size, y: 1 })),
            },
            {
              name: 'you',
              colour: 'var(--link)',
              dots: true,
              line: false,
              points: [{ x: batchSize, y: here }],
            },
          ]}
          marks={[{ x: batchSize, label: `B = ${batchSize}`, colour: 'var(--link)' }]}
          table={{
            columns: ['batch size', tailText(degrees), 'Gaussian'],
            rows: theoryBatches.map((size) => [
              ...[size, percent(driftOf(degrees, ratio, size))],
              percent(gaussian.find(({ x }) => x === size)!.y),
            ]),
          }}
        />
      </div>
    </section>
  );
}
