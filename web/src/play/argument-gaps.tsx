// Steps 4 and 5: the gap against batch size, at equal tokens and at about equal steps.
import { count } from '../../../src/report/format.ts';
import type { StepProps } from './argument.tsx';
import { Step } from './argument-step.tsx';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { type EvidenceGap, equalSteps, evidence, middleLength } from './evidence.ts';
import { domainOf, signed } from './scale.ts';
import { gapText, risenText } from './words.ts';

const { lengths, batchSizes, gaps } = evidence;
const shown = gaps.filter(({ tokens }) => lengths.includes(tokens));
const domain = domainOf(shown.flatMap(({ lo, hi }) => [lo, hi]))!;
const x = {
  ...{ label: 'batch size (sequences, log scale)', log: true, ticks: batchSizes },
  domain: [Math.min(...batchSizes) / 1.4, Math.max(...batchSizes) * 1.4] as const,
};
const y = { label: 'SGD − Adam (nats/token)', domain, format: signed };

interface Line {
  name: string;
  colour: string;
  of: EvidenceGap[];
  chosen: boolean;
  entry?: string;
}

function GapChart({ title, lines }: { title: string; lines: Line[] }) {
  return (
    <Chart
      {...{ title, x, y }}
      marks={[{ y: 0, label: 'level' }]}
      series={lines.map(({ name, colour, of, chosen, entry }) => ({
        ...{ name, colour, dots: true, faint: !chosen, entry },
        points: of.map(({ batchSize, gap, lo, hi }) => ({
          ...{ x: batchSize, y: gap },
          note: `${name}, batch size ${batchSize}: ${signed(gap)} (${signed(lo)} to ${signed(hi)})`,
        })),
        band: chosen ? of.map(({ batchSize, lo, hi }) => ({ x: batchSize, lo, hi })) : [],
      }))}
      table={{
        columns: ['runs', 'batch size', 'gap', '95% from', 'to'],
        rows: lines.flatMap(({ name, of }) =>
          of.map(({ batchSize, gap, lo, hi }) => [name, batchSize, signed(gap), signed(lo), signed(hi)]),
        ),
      }}
    />
  );
}

const colours = ['var(--color-5)', 'var(--color-2)', 'var(--color-6)', 'var(--color-4)', 'var(--color-3)'];

export function GapByBatch({ get, set }: StepProps) {
  const length = get('gap-length', lengths, middleLength(evidence));
  const of = (tokens: number) =>
    shown.filter((gap) => gap.tokens === tokens).sort((a, b) => a.batchSize - b.batchSize);
  const row = of(length);
  const [first, last] = [row[0], row[row.length - 1]];
  return (
    <Step
      number={4}
      claim="The gap grows with the batch size"
      figure={
        <GapChart
          title="Gap between tuned SGD and tuned Adam against batch size, by length of training"
          lines={lengths.map((tokens, i) => ({
            ...{ name: `${count(tokens)} tokens`, colour: colours[i % colours.length] },
            ...{ of: of(tokens), chosen: tokens === length },
          }))}
        />
      }
    >
      <p>
        Call SGD’s loss minus Adam’s the gap: above zero Adam is ahead. Here it is at every batch size, for
        runs of each length. The shaded band is its 95% interval, from seeds that the tuning has not seen and
        from the choice of learning rates.
      </p>
      <p>
        <strong>
          After {count(length)} tokens {gapText(first)} at batch size {first.batchSize}, and {gapText(last)}{' '}
          at batch size {last.batchSize}.
        </strong>
      </p>
      <Choice
        {...{ id: 'gap-length', name: 'Length of training', values: lengths, value: length }}
        text={(value) => `${count(value)} tokens`}
        pick={(value) => set('gap-length', value)}
      />
    </Step>
  );
}

const groups = equalSteps(evidence);
/** The geometric mean of their steps, to two digits. */
const about = (group: (typeof groups)[number]) =>
  Number(Math.exp(group.reduce((sum, { steps }) => sum + Math.log(steps), 0) / group.length).toPrecision(2));

export function EqualSteps({ get, set }: StepProps) {
  const sizes = groups.map(about);
  const most = groups.reduce((best, group, i) => (group.length > groups[best].length ? i : best), 0);
  const steps = get('steps', sizes, sizes[most]);
  const group = groups[sizes.indexOf(steps)];
  return (
    <Step
      number={5}
      claim="Fewer steps are not the whole reason"
      figure={
        <GapChart
          title="Gap against batch size among runs with about equally many steps"
          lines={groups
            .map((of, i): Line => {
              // With more lines than colours only the chosen one has a colour.
              const line = {
                name: `about ${about(of).toLocaleString('en')} steps`,
                of,
                chosen: of === group,
              };
              if (groups.length <= colours.length) return { ...line, colour: colours[i] };
              if (line.chosen) return { ...line, colour: colours[1] };
              return { ...line, colour: 'var(--muted)', entry: 'other numbers of steps' };
            })
            // Drawn last, above the others.
            .sort((a, b) => Number(a.chosen) - Number(b.chosen))}
        />
      }
    >
      <p>
        From the same text a larger batch makes fewer steps. Perhaps SGD only needs more steps than Adam, and
        the batch size has nothing to do with it? Then runs with about as many steps as each other would have
        the same gap at every batch size. (At equal steps a larger batch sees more text.)
      </p>
      <p>
        <strong>With about {steps.toLocaleString('en')} steps: </strong>
        {group
          .map(
            ({ batchSize, steps, ...gap }) =>
              `at batch size ${batchSize} (${steps.toLocaleString('en')} steps) ${gapText({ batchSize, ...gap })}`,
          )
          .join('; ')}
        . {risenText(group)}
      </p>
      <Choice
        {...{ id: 'steps', name: 'Steps', values: sizes, value: steps }}
        text={(value) => `about ${value.toLocaleString('en')}`}
        pick={(value) => set('steps', value)}
      />
    </Step>
  );
}
