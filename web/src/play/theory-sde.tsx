// SGD and sign descent on a noisy quadratic: many paths, their densities, and what the batch size changes.
import { useMemo } from 'preact/hooks';
import { Choice } from './choice.tsx';
import { quantileAt, STEPS } from './fan.ts';
import { FanFigure, fansOf } from './fan-figure.tsx';
import { shortNumber } from './scale.ts';
import { type TheoryState, theoryBatches } from './theory-state.ts';
import { useComputed } from './use-computed.ts';
import { Waiting } from './waiting.tsx';

const sigmas = [1, 3, 10, 30, 100];
const rates = [0.0003, 0.001, 0.002, 0.005, 0.01];
const momenta = [0, 0.5, 0.9, 0.95, 0.98];
const forms = ['discrete', 'sde'] as const;

export function SdeSection({ get, set }: TheoryState) {
  const batchSize = get('batch', theoryBatches, 16);
  const sigma = get('noise', sigmas, 10);
  const lr = get('lr', rates, 0.001);
  const beta = get('momentum', momenta, 0);
  const form = get('form', forms, 'discrete');
  const { latest, busy, failed } = useComputed('fans', { form, batchSize, sigma, lr, beta });
  // The same picture while the numbers are the same: sliders move without drawing it again.
  const figure = useMemo(
    () => (latest ? <FanFigure {...latest} /> : <Waiting failed={failed} />),
    [latest, failed],
  );
  return (
    <section class="step" aria-labelledby="sde" aria-busy={busy}>
      <h2 id="sde">1. Paths: a larger batch speeds up signs, not SGD</h2>
      <div class="pair">
        <div>
          <p>
            A ball rolls into a bowl of five directions (curvatures 1 to 5), but sees each slope through
            noise. SGD goes along what it sees, sign descent a fixed length up or down in each direction, as
            Adam nearly does. Move the batch size: the orange paths only become calmer, the blue ones become
            faster. Lower is better.
          </p>
          {latest && <Medians {...latest} />}
          <Choice
            {...{ id: 'batch', name: 'Batch size', values: theoryBatches, value: batchSize, text: String }}
            pick={(value) => set('batch', value)}
          />
          <div class="sliders">
            <Choice
              {...{ id: 'noise', name: 'Noise σ of one sample', values: sigmas, value: sigma, text: String }}
              pick={(value) => set('noise', value)}
            />
            <Choice
              {...{ id: 'lr', name: 'Learning rate', values: rates, value: lr, text: String }}
              pick={(value) => set('lr', value)}
            />
            <Choice
              {...{ id: 'momentum', name: 'Momentum β', values: momenta, value: beta, text: String }}
              pick={(value) => set('momentum', value)}
            />
            <fieldset class="field plain">
              <legend class="name">Computed as</legend>
              {forms.map((one) => (
                <label key={one}>
                  <input type="radio" name="form" checked={form === one} onChange={() => set('form', one)} />{' '}
                  {one === 'sde' ? 'its stochastic differential equation' : 'the algorithm itself'}
                </label>
              ))}
            </fieldset>
          </div>
        </div>
        <div>{figure}</div>
      </div>
    </section>
  );
}

function Medians(latest: Parameters<typeof FanFigure>[0]) {
  const [sgd, sign] = fansOf(latest).map(({ name, fan }) => ({
    name,
    median: shortNumber(quantileAt(fan, fan.steps.length - 1, 0.5)),
  }));
  return (
    <p>
      <strong>
        At batch size {latest.wish.batchSize} half of the paths are below {sgd.median} with {sgd.name} and
        below {sign.median} with {sign.name} after {STEPS} steps.
      </strong>
    </p>
  );
}
