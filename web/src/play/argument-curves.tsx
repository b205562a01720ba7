// Steps 1 and 3: the training curves of both optimizers, at the largest batch size and at any.
import { count, list } from '../../../src/report/format.ts';
import type { StepProps } from './argument.tsx';
import { Step } from './argument-step.tsx';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { cellAt, type EvidenceGap, evidence, gapAt, meanLoss, middleLength, stepsAt } from './evidence.ts';
import { domainOf, shortNumber, signed } from './scale.ts';
import { gapText, LEVEL } from './words.ts';

const { lengths, batchSizes, curves, unigram } = evidence;
const [smallest, largest] = [Math.min(...batchSizes), Math.max(...batchSizes)];
const middle = middleLength(evidence);
const names = { adam: 'Adam', sgd: 'SGD' } as const;

export function Curves({ get, set, part }: StepProps & { part: 'large' | 'small' }) {
  return part === 'large' ? (
    <Large length={get('length', lengths, middle)} pick={(value) => set('length', value)} />
  ) : (
    <Small batchSize={get('batch', batchSizes, smallest)} pick={(value) => set('batch', value)} />
  );
}

function Large({ length, pick }: { length: number; pick(value: number): void }) {
  const gap = gapAt(evidence, length, largest)!;
  return (
    <Step number={1} claim="Adam wins" figure={<CurveChart tokens={length} batchSize={largest} />}>
      <p>
        A model learns to predict the next piece of a text, called a token. Its loss says how badly, in nats
        per token: lower is better, and with 0.1 nats less it hesitates between about 10% fewer tokens. Both
        optimizers see the same text, {largest} sequences in each step, and each has the learning rate that
        suits it best.
      </p>
      <p>
        <strong>
          After {count(length)} tokens {gapText(gap)}.
        </strong>{' '}
        {unigram !== null && (
          <>
            The dashed line is what one gets from knowing how frequent each token is, and nothing else (
            {unigram.toFixed(2)} nats). A model that stays near it has not begun to learn what follows what.
          </>
        )}
      </p>
      <Choice
        {...{ id: 'length', name: 'Length of training', values: lengths, value: length, pick }}
        text={(value) => `${count(value)} tokens`}
      />
    </Step>
  );
}

function Small({ batchSize, pick }: { batchSize: number; pick(value: number): void }) {
  const [gap, atLargest] = [batchSize, largest].map((size) => gapAt(evidence, middle, size)!);
  const [few, many] = [largest, batchSize].map((size) =>
    stepsAt(evidence, { tokens: middle, batchSize: size }),
  );
  return (
    <Step
      number={3}
      claim="Now make the batch small"
      figure={<CurveChart tokens={middle} batchSize={batchSize} />}
    >
      <p>
        The batch size is how many sequences go into one step. The text stays the same, {count(middle)}{' '}
        tokens, so a smaller batch means more steps: {few.toLocaleString('en')} at batch size {largest},{' '}
        {many.toLocaleString('en')} at batch size {batchSize}. Learning rates are tuned again for each.
      </p>
      <p>
        <strong>
          At batch size {batchSize} {gapText(gap)}.
        </strong>{' '}
        {batchSize !== largest && `At batch size ${largest} the gap is ${signed(atLargest.gap)}. `}
        {batchSize === smallest && lead(gap)}
      </p>
      <Choice
        {...{ id: 'batch', name: 'Batch size', values: batchSizes, value: batchSize, pick }}
        text={(value) => `${value} ${value === 1 ? 'sequence' : 'sequences'}`}
      />
    </Step>
  );
}

/** What the smallest batch says of SGD, at this length and at others. */
function lead(gap: EvidenceGap): string {
  if (gap.lo <= LEVEL) return 'The optimizer that “fails on language models” does not fail here.';
  const others = lengths.filter((tokens) => gapAt(evidence, tokens, smallest)!.hi < 0).map(count);
  return others.length > 0
    ? `After ${list(others)} tokens SGD is even ahead at this batch size: see step 7.`
    : '';
}

function CurveChart({ tokens, batchSize }: { tokens: number; batchSize: number }) {
  const both = Object.entries(names).map(([name, title], i) => {
    const points = curves
      .find((c) => c.tokens === tokens && c.batchSize === batchSize && c.optimizer === name)!
      .points.map(([x, y]) => ({ x, y }));
    return { title, colour: `var(--color-${i})`, points, cell: cellAt(evidence, tokens, batchSize, name)! };
  });
  const [least, most] = domainOf([...both.flatMap(({ points }) => points.map(({ y }) => y)), unigram])!;
  return (
    <Chart
      title={`Training loss of tuned Adam and tuned SGD at batch size ${batchSize}`}
      x={{ label: 'tokens seen', domain: [0, tokens] }}
      y={{ label: 'training loss (nats/token)', domain: [least, most] }}
      series={both.map(({ title, colour, points }) => ({ name: title, colour, points }))}
      marks={unigram === null ? [] : [{ y: unigram, label: 'frequencies of tokens alone' }]}
      table={{
        columns: ['tokens', ...both.map(({ title }) => `${title}, training`)],
        rows: [
          ...both[0].points
            .filter((_, i, all) => i % Math.ceil(all.length / 10) === 0)
            .map(({ x, y }) => [
              ...[shortNumber(x), y.toFixed(3)],
              both[1].points.findLast((point) => point.x <= x)?.y.toFixed(3) ?? null,
            ]),
          ['held-out text, mean of seeds', ...both.map(({ cell }) => meanLoss(cell).toFixed(3))],
        ],
      }}
    />
  );
}
