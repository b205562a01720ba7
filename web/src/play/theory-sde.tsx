// SGD and sign descent on a noisy quadratic: many paths, their densities, and what the batch size changes.
import { useCallback, useMemo } from 'preact/hooks';
import { CanvasFigure } from './canvas.tsx';
import { Choice } from './choice.tsx';
import { type FanWish, fanOf, quantileAt, STEPS } from './fan.ts';
import { drawFans } from './fan-board.ts';
import { shortNumber } from './scale.ts';
import { type TheoryState, theoryBatches } from './theory-state.ts';
import { usePlay } from './use-play.ts';

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
  const play = usePlay(4);
  const fans = useMemo(() => {
    const wish: Omit<FanWish, 'method'> = { form, batchSize, sigma, lr, beta };
    const [sgd, sign] = beta > 0 ? (['heavyball', 'signum'] as const) : (['sgd', 'signsgd'] as const);
    return [
      {
        name: beta > 0 ? 'SGD with momentum' : 'SGD',
        colour: 'color-1',
        fan: fanOf({ ...wish, method: sgd }),
      },
      {
        name: beta > 0 ? 'Signum' : 'Sign descent',
        colour: 'color-0',
        fan: fanOf({ ...wish, method: sign }),
      },
    ];
  }, [form, batchSize, sigma, lr, beta]);
  const last = fans[0].fan.steps.length - 1;
  const at = Math.round(play.at * last);
  const draw = useCallback((board: Parameters<typeof drawFans>[0]) => drawFans(board, fans, at), [fans, at]);
  const medians = fans.map(({ fan }) => quantileAt(fan, last, 0.5));
  return (
    <section class="step" aria-labelledby="sde">
      <h2 id="sde">1. Paths: a larger batch speeds up signs, not SGD</h2>
      <div class="pair">
        <div>
          <p>
            A ball rolls into a bowl of five directions (curvatures 1 to 5), but sees each slope through
            noise. SGD goes along what it sees, sign descent a fixed length up or down in each direction, as
            Adam nearly does. Move the batch size: the orange paths only become calmer, the blue ones become
            faster. Lower is better.
          </p>
          <p>
            <strong>
              At batch size {batchSize} half of the paths are below {shortNumber(medians[0])} with{' '}
              {fans[0].name} and below {shortNumber(medians[1])} with {fans[1].name} after {STEPS} steps.
            </strong>
          </p>
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
        <div>
          <CanvasFigure
            title={`Losses of 256 paths of ${fans[0].name} and ${fans[1].name} at batch size ${batchSize}, over ${STEPS} steps`}
            ratio={0.62}
            draw={draw}
            table={{
              columns: [
                'step',
                ...fans.flatMap(({ name }) => [`${name}, median`, 'lower quarter', 'upper quarter']),
              ],
              rows: [0, 0.1, 0.25, 0.5, 1].map((share) => {
                const r = Math.round(share * last);
                const cells = fans.flatMap(({ fan }) =>
                  [0.5, 0.25, 0.75].map((q) => shortNumber(quantileAt(fan, r, q))),
                );
                return [fans[0].fan.steps[r], ...cells];
              }),
            }}
          >
            <p class="muted">
              <span class="swatch" style={{ background: 'var(--color-1)' }} />
              {fans[0].name}{' '}
              <span class="swatch" style={{ background: 'var(--color-0)', marginLeft: '1em' }} />
              {fans[1].name}. Thick: the median; bands: half of the paths, and nine in ten; thin: single
              paths. Right: how many paths lie where at the marked step.
            </p>
            <div class="field timeline">
              <button type="button" onClick={play.toggle}>
                {play.playing ? 'Pause' : 'Play'}
              </button>
              <label for="time" class="hidden">
                Marked step
              </label>
              <input
                id="time"
                type="range"
                min="0"
                max={last}
                value={at}
                aria-valuetext={`step ${fans[0].fan.steps[at]}`}
                onInput={(e) => play.set(Number(e.currentTarget.value) / last)}
              />
            </div>
          </CanvasFigure>
        </div>
      </div>
    </section>
  );
}
