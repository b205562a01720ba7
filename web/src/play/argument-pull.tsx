// Step 6: why. The pull of a sign grows with the batch size, that of a gradient does not.
import { erf } from '../../../src/core/erf.ts';
import { hrefOf } from '../route.ts';
import type { StepProps } from './argument.tsx';
import { Step } from './argument-step.tsx';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { evidence } from './evidence.ts';
import { shortNumber } from './scale.ts';

const { batchSizes } = evidence;
const ratios = [1, 2, 5, 10, 20, 50, 100];
const sizes = Array.from({ length: 61 }, (_, i) => 2 ** (i / 5));

/** Mean of the sign of a batch gradient whose noise is `ratio` times its mean, for one sample. */
const pull = (batchSize: number, ratio: number) => erf(Math.sqrt(batchSize / 2) / ratio);

export function Pull({ get, set }: StepProps) {
  const ratio = get('noise', ratios, 10);
  const shares = batchSizes.map((size) => ({ size, share: pull(size, ratio) }));
  const [first, last] = [shares[0], shares[shares.length - 1]];
  const percent = (share: number) => `${Math.round(100 * share)}%`;
  return (
    <Step
      number={6}
      claim="Why: a small batch hides the signs"
      figure={
        <Chart
          title="Speed of sign descent and of SGD against batch size, as shares of their speed without noise"
          x={{
            label: 'batch size (log scale)',
            log: true,
            domain: [1, 4096],
            ticks: [1, 4, 16, 64, 256, 1024, 4096],
          }}
          y={{ label: 'share of the full speed', domain: [0, 1.05], format: percent }}
          series={[
            {
              ...{ name: 'steps of one size, by the sign (like Adam)', colour: 'var(--color-0)' },
              points: sizes.map((size) => ({ x: size, y: pull(size, ratio) })),
            },
            {
              ...{ name: 'steps along the gradient (SGD)', colour: 'var(--color-1)', dash: '6 4' },
              points: [
                { x: 1, y: 1 },
                { x: 4096, y: 1 },
              ],
            },
          ]}
          table={{
            columns: ['batch size', 'by the sign', 'along the gradient'],
            rows: shares.map(({ size, share }) => [size, percent(share), '100%']),
          }}
        />
      }
    >
      <p>
        The gradient of a batch is the true slope plus noise, and the noise shrinks as the batch grows. SGD
        goes along the gradient, and over many steps the noise averages out: how far it gets does not depend
        on the batch size. Adam divides by the gradient’s usual size, so only the signs are left, nearly. In a
        small batch many signs are wrong, and steps undo each other; in a large batch they are right. So a
        larger batch makes Adam faster, up to a point, and SGD not at all.
      </p>
      <p>
        <strong>
          If one sequence’s noise is {ratio} times the slope, signs have {percent(first.share)} of their full
          speed at batch size {first.size} and {percent(last.share)} at {last.size}.
        </strong>{' '}
        This is a theorem about a simple model (the paper’s Theorem 1), not a measurement.{' '}
        <a href={hrefOf(['theory'])}>Try it</a>.
      </p>
      <Choice
        {...{
          id: 'noise',
          name: 'Noise of one sequence over slope',
          values: ratios,
          value: ratio,
          text: shortNumber,
        }}
        pick={(value) => set('noise', value)}
      />
    </Step>
  );
}
