// Step 7: the whole map, and where our runs and the paper say different things.
import { count } from '../../../src/report/format.ts';
import type { StepProps } from './argument.tsx';
import { Step } from './argument-step.tsx';
import { Choice } from './choice.tsx';
import { evidence, gapAt, middleLength, stepsAt } from './evidence.ts';
import { signed } from './scale.ts';
import { disagreements, gapText } from './words.ts';

const { lengths, batchSizes, gaps } = evidence;
const largest = Math.max(...batchSizes);
const widest = Math.max(...gaps.map(({ gap }) => Math.abs(gap)));

/** Shades of who is ahead; the numbers say it as well. */
function shade(gap: number): string {
  const share = Math.round(55 * Math.min(1, Math.abs(gap) / widest));
  return `color-mix(in srgb, var(${gap > 0 ? '--color-0' : '--color-1'}) ${share}%, var(--paper))`;
}

export function Disagreements({ get, set }: StepProps) {
  const places = lengths.flatMap((tokens) => batchSizes.map((batchSize) => ({ tokens, batchSize })));
  const at = get(
    'cell',
    places.map((_, i) => i),
    places.findIndex(({ tokens, batchSize }) => tokens === middleLength(evidence) && batchSize === largest),
  );
  const place = places[at];
  const gap = gapAt(evidence, place.tokens, place.batchSize)!;
  return (
    <Step
      number={7}
      claim="Batch size decides, and so does the length of training"
      figure={<MapTable place={place} />}
    >
      <p>
        In every cell of the map both are tuned anew and compared. Adam is ahead in blue cells, SGD in orange
        ones. Read along a row: larger batches favour Adam. Read down a column: the length of training matters
        as well.
      </p>
      <p>
        <strong>
          Batch size {place.batchSize}, {count(place.tokens)} tokens (
          {stepsAt(evidence, place).toLocaleString('en')} steps): {gapText(gap)}.
        </strong>
      </p>
      <Choice
        {...{ id: 'cell', name: 'Cell', values: places.map((_, i) => i), value: at }}
        text={(i) => `batch size ${places[i].batchSize}, ${count(places[i].tokens)} tokens`}
        pick={(value) => set('cell', value)}
      />
      <h3>Where our runs disagree with the paper</h3>
      <ul>
        {disagreements(evidence).map(({ paper, here }) => (
          <li key={paper}>
            The paper: {paper}. Here: {here}.
          </li>
        ))}
        <li>
          Our model has {evidence.model.parameters.toLocaleString('en')} parameters, the paper’s 160 million.
          Our runs are much shorter, on sequences of {evidence.model.seqLen} tokens, the paper’s of 512. The
          direction can be compared, the numbers cannot.
        </li>
        <li>
          Claims of the paper are tested one by one in docs/results.md, on short runs and on long ones; the
          map of this page is in docs/findings.md, too.
        </li>
      </ul>
    </Step>
  );
}

function MapTable({ place }: { place: { tokens: number; batchSize: number } }) {
  return (
    <div class="scroll map">
      <table>
        <caption>SGD minus Adam in nats per token; numbers in brackets are not decided by the seeds</caption>
        <thead>
          <tr>
            <th scope="col">tokens</th>
            {batchSizes.map((size) => (
              <th key={size} scope="col">
                batch {size}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lengths.map((tokens) => (
            <tr key={tokens}>
              <th scope="row">{count(tokens)}</th>
              {batchSizes.map((batchSize) => {
                const { gap, lo, hi } = gapAt(evidence, tokens, batchSize)!;
                const chosen = place.tokens === tokens && place.batchSize === batchSize;
                return (
                  <td key={batchSize} class={chosen ? 'chosen' : ''} style={{ background: shade(gap) }}>
                    {lo <= 0 && hi >= 0 ? `(${signed(gap)})` : signed(gap)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
