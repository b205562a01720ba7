// The pull of sign descent against batch size: the erf curve of Theorem 1, exactly, also under heavy tails.
import { asymptoticExponent } from '../../../src/theory/student-t.ts';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { shortNumber } from './scale.ts';
import type { ResultOf, WishOf } from './theory-jobs.ts';
import { type TheoryState, theoryBatches } from './theory-state.ts';
import { useComputed } from './use-computed.ts';
import { Waiting } from './waiting.tsx';

const tails = [1, 1.5, 2, 3, 5, Number.POSITIVE_INFINITY];
const ratios = [3, 10, 30, 100];
const percent = (share: number) => `${Math.round(100 * share)}%`;
const tailText = (degrees: number) =>
  degrees === Number.POSITIVE_INFINITY ? 'none (Gaussian)' : `Student t, ${degrees} degrees of freedom`;

export function DriftSection({ get, set }: TheoryState) {
  const batchSize = get('batch', theoryBatches, 16);
  const degrees = get('tails', tails, Number.POSITIVE_INFINITY);
  const ratio = get('ratio', ratios, 10);
  const { latest, busy, failed } = useComputed('drift', { degrees, ratio });
  return (
    <section class="step" aria-labelledby="drift" aria-busy={busy}>
      <h2 id="drift">2. The pull: how much of its speed does your batch size leave?</h2>
      <div class="pair">
        <div>
          <p>
            Sign descent moves at its full speed only if every sign is right. With Gaussian noise the share is
            erf(√(B/2) g/σ) for slope g and noise σ: it grows like √B at first, and is full when √B g is well
            above σ. SGD’s mean motion does not change with B. Heavy tails are noise in which very large
            values are not rare (σ is then the scale of Student’s t): signs of small batches are better than
            their spread suggests, and averaging helps less.
          </p>
          {latest && <Share {...latest} batchSize={batchSize} />}
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
        {latest ? <DriftChart {...latest} batchSize={batchSize} /> : <Waiting failed={failed} />}
      </div>
    </section>
  );
}

interface Shown {
  wish: WishOf<'drift'>;
  result: ResultOf<'drift'>;
  batchSize: number;
}

const isHeavy = ({ degrees }: WishOf<'drift'>) => degrees !== Number.POSITIVE_INFINITY;
const shareAt = (curve: ResultOf<'drift'>['chosen'], size: number) => curve.find(({ x }) => x === size)!.y;

function Share({ wish, result, batchSize }: Shown) {
  return (
    <p>
      <strong>
        At your batch size {batchSize} sign descent has {percent(shareAt(result.chosen, batchSize))} of its
        full speed.
      </strong>{' '}
      {wish.degrees <= 1
        ? 'Such noise has no mean: a mean of many samples is as noisy as one, and a larger batch helps neither optimizer.'
        : isHeavy(wish) && wish.degrees <= 2
          ? `Far below saturation it grows like B to the power ${shortNumber(asymptoticExponent(wish.degrees))} in the limit.`
          : 'Far below saturation it grows like the square root of B.'}
    </p>
  );
}

function DriftChart({ wish, result, batchSize }: Shown) {
  const heavy = isHeavy(wish);
  return (
    <Chart
      title={`Share of the full speed of sign descent against batch size, noise ${wish.ratio} times the slope`}
      x={{
        ...{ label: 'batch size B (log scale)', log: true, domain: [1, 4096] },
        ticks: [1, 4, 16, 64, 256, 1024, 4096],
      }}
      y={{ label: 'share of the full speed', domain: [0, 1.18], format: percent }}
      series={[
        ...(heavy
          ? [{ name: 'Gaussian noise', colour: 'var(--muted)', dash: '5 4', points: result.gaussian }]
          : []),
        {
          name: heavy ? `noise with tails (${wish.degrees} degrees of freedom)` : 'Gaussian noise',
          ...{ colour: 'var(--color-0)', points: result.chosen },
        },
        ...(wish.degrees > 1
          ? [
              {
                ...{ name: 'SGD, at every batch size', colour: 'var(--color-1)', dash: '6 4' },
                points: [1, 4096].map((size) => ({ x: size, y: 1 })),
              },
            ]
          : []),
        {
          name: 'you',
          colour: 'var(--link)',
          dots: true,
          line: false,
          points: [{ x: batchSize, y: shareAt(result.chosen, batchSize) }],
        },
      ]}
      marks={[{ x: batchSize, label: `B = ${batchSize}`, colour: 'var(--link)' }]}
      table={{
        columns: ['batch size', tailText(wish.degrees), 'Gaussian'],
        rows: theoryBatches.map((size) => [
          ...[size, percent(shareAt(result.chosen, size))],
          percent(shareAt(result.gaussian, size)),
        ]),
      }}
    />
  );
}
