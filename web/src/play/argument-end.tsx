// Step 7: the whole map, and where our runs and the paper say different things.
import type { StepProps } from './argument.tsx';
import { Step } from './argument-step.tsx';
import { Choice } from './choice.tsx';
import { evidence, gapAt, stepsAt } from './evidence.ts';
import { signed } from './scale.ts';
import { disagreements, gapText, tokensText } from './words.ts';

const { lengths, batchSizes, gaps } = evidence;
const largest = Math.max(...gaps.map(({ gap }) => Math.abs(gap)));

/** Shades of who is ahead; the numbers say it as well. */
function shade(gap: number): string {
  const share = Math.round(55 * Math.min(1, Math.abs(gap) / largest));
  return `color-mix(in srgb, var(${gap > 0 ? '--color-0' : '--color-1'}) ${share}%, var(--paper))`;
}

export function Disagreements({ get, set }: StepProps) {
  const places = lengths.flatMap((tokens) => batchSizes.map((batchSize) => ({ tokens, batchSize })));
  const at = get(
    'cell',
    places.map((_, i) => i),
    places.length - 1,
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
        Every cell of the map is a comparison of its own, both tuned there. Blue cells are Adam’s, orange ones
        SGD’s. Read along a row: larger batches favour Adam. Read along a column: where in training one looks
        matters, too.
      </p>
      <p>
        <strong>
          Batch size {place.batchSize}, {tokensText(place.tokens)} tokens (
          {stepsAt(evidence, place).toLocaleString('en')} steps): {gapText(gap)}.
        </strong>
      </p>
      <Choice
        {...{ id: 'cell', name: 'Cell', values: places.map((_, i) => i), value: at }}
        text={(i) => `batch size ${places[i].batchSize}, ${tokensText(places[i].tokens)} tokens`}
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
          Our model has {evidence.model.parameters.toLocaleString('en')} parameters in place of 160 million,
          trains much shorter, and reads sequences of {evidence.model.seqLen} tokens in place of 512. The
          direction can be compared, the numbers cannot.
        </li>
        <li>
          Claims of the paper are tested one by one, on short runs of their own (docs/results.md) and on the
          runs of this page (docs/findings.md).
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
              <th scope="row">{tokensText(tokens)}</th>
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
