// Step 2: the losses of both by learning rate, so that nobody was simply badly tuned.
import { count } from '../../../src/report/format.ts';
import type { StepProps } from './argument.tsx';
import { Step } from './argument-step.tsx';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { cellAt, evidence, middleLength } from './evidence.ts';
import { domainOf, shortNumber } from './scale.ts';

const { batchSizes, seeds } = evidence;
const largest = Math.max(...batchSizes);
const length = middleLength(evidence);
const both = (['adam', 'sgd'] as const).map((name, i) => ({
  ...{ name, title: ['Adam', 'SGD'][i], colour: `var(--color-${i})` },
  ...cellAt(evidence, length, largest, name)!,
}));
const [adam, sgd] = both;
const lossText = (loss: number | null) => (loss === null ? 'diverged' : `${loss.toFixed(2)} nats`);

export function Basins({ get, set }: StepProps) {
  const rates = sgd.tried.map(({ lr }) => lr);
  const rate = get('rate', rates, sgd.lr);
  const here = sgd.tried.find(({ lr }) => lr === rate)!.loss;
  const all = both.flatMap(({ tried }) => tried);
  const [least, most] = domainOf(all.map(({ loss }) => loss))!;
  const worst = adam.tried.map(({ loss }) => loss).filter((loss) => loss !== null);
  const beats = here !== null && here < Math.min(...worst);
  return (
    <Step
      number={2}
      claim="It is not a badly chosen learning rate"
      figure={
        <Chart
          title={`Final loss against learning rate at batch size ${largest}, Adam and SGD`}
          x={{
            ...{ label: 'learning rate (log scale)', log: true },
            domain: [Math.min(...all.map(({ lr }) => lr)) / 1.5, Math.max(...all.map(({ lr }) => lr)) * 1.5],
          }}
          y={{ label: 'held-out loss (nats/token)', domain: [least, most] }}
          series={both.map(({ title, colour, tried }) => ({
            ...{ name: title, colour, dots: true },
            points: tried.map(({ lr, loss }) => ({ x: lr, y: loss })),
          }))}
          marks={[{ x: rate, label: 'SGD, as chosen', colour: 'var(--link)' }]}
          table={{
            columns: ['optimizer', 'learning rate', 'held-out loss'],
            rows: both.flatMap(({ title, tried }) =>
              tried.map(({ lr, loss }) => [title, shortNumber(lr), lossText(loss)]),
            ),
          }}
        />
      }
    >
      <p>
        The learning rate is how far one step goes. With too small a rate a model has learned little when the
        text ends; too large a rate undoes what was learned. What suits one optimizer does not suit the other,
        so each is tried at several rates, a factor of two apart, until the best has worse neighbours on both
        sides. Here are all those tries at batch size {largest} after {count(length)} tokens (seed{' '}
        {seeds.tune}).
      </p>
      <p>
        <strong>
          At {shortNumber(rate)} SGD ends at {lossText(here)}; Adam’s best is {lossText(Math.min(...worst))}.
        </strong>{' '}
        {beats ? 'So a rate exists at which SGD is ahead.' : 'At none of its rates does SGD get there.'}
      </p>
      <Choice
        {...{ id: 'rate', name: 'Learning rate of SGD', values: rates, value: rate, text: shortNumber }}
        pick={(value) => set('rate', value)}
      />
    </Step>
  );
}
