// One of the two racers: its learning rate in the measured basin, how far it is, and what it writes.
import { type Basin, nearest, offeredRates } from './basins.ts';
import { Chart } from './chart.tsx';
import { colourOf } from './colours.ts';
import { arms } from './race.ts';
import type { Lane } from './run-race.ts';
import { domainOf, shortNumber } from './scale.ts';

interface Props {
  arm: string;
  basin: Basin;
  lr: number;
  /** Undefined goes back to the tuned rate. */
  move(lr?: number): void;
  lane?: Lane;
  prompt?: string;
}

const rateText = (lr: number) => String(Number(lr.toPrecision(3)));

export function LaneCard({ arm, basin, lr, move, lane, prompt }: Props) {
  const { title } = arms[arm];
  const id = `rate-${arm}`;
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        <span class="swatch" style={{ background: colourOf(arm) }} />
        {title}
      </h2>
      <BasinChart {...{ arm, basin, lr }} />
      <div class="field">
        <label for={id}>
          Learning rate: <output>{rateText(lr)}</output>
          {lr === basin.lr
            ? ', the best one measured'
            : `, ${rateText(lr / basin.lr)} times the best one measured`}
        </label>
        <RateSlider {...{ id, basin, lr, move }} />
        {lr !== basin.lr && (
          <button type="button" onClick={() => move(undefined)}>
            Back to the best
          </button>
        )}
      </div>
      <Progress lane={lane} />
      <h3>What it writes</h3>
      <p class="said" aria-live="off">
        <b>{prompt ?? 'Loading the text …'}</b>
        {lane?.text?.said ?? ''}
      </p>
      <p class="muted">
        {lane?.text
          ? `After ${lane.text.step.toLocaleString('en')} of ${lane.steps.toLocaleString('en')} steps. The grey words are from a held-out address.`
          : 'The grey words are from a held-out address; the model goes on from them.'}
      </p>
    </section>
  );
}

function RateSlider({ id, basin, lr, move }: Pick<Props, 'basin' | 'lr' | 'move'> & { id: string }) {
  const rates = offeredRates(basin);
  const best = nearest(rates, basin.lr);
  return (
    <input
      id={id}
      type="range"
      min="0"
      max={rates.length - 1}
      step="1"
      value={nearest(rates, lr)}
      aria-valuetext={rateText(lr)}
      onInput={(e) => {
        const at = Number(e.currentTarget.value);
        move(at === best ? undefined : Number(rates[at].toPrecision(4)));
      }}
    />
  );
}

function BasinChart({ arm, basin, lr }: Pick<Props, 'arm' | 'basin' | 'lr'>) {
  const { title } = arms[arm];
  const rates = offeredRates(basin);
  const { tried } = basin;
  const diverged = tried.filter(({ loss }) => loss === null);
  const [least, most] = domainOf(
    tried.map(({ loss }) => loss),
    0.1,
  )!;
  return (
    <Chart
      title={`Validation loss of ${title} against its learning rate at batch size ${basin.batchSize}`}
      x={{ label: 'learning rate', domain: [rates[0], rates[rates.length - 1]], log: true }}
      y={{ label: 'final loss (nats/token)', domain: [least, most] }}
      ratio={0.42}
      series={[
        {
          ...{ name: title, colour: colourOf(arm), dots: true },
          points: tried.map(({ lr, loss }) => ({ x: lr, y: loss })),
        },
      ]}
      marks={[
        ...diverged.map(({ lr }) => ({ x: lr, label: 'diverged', colour: 'var(--diverged)' })),
        { x: lr, label: 'yours', colour: 'var(--link)' },
      ]}
      table={{
        columns: ['learning rate', 'final loss (nats/token)'],
        rows: tried.map(({ lr, loss }) => [rateText(lr), loss === null ? 'diverged' : loss.toFixed(3)]),
      }}
    />
  );
}

function Progress({ lane }: { lane?: Lane }) {
  if (!lane) return null;
  const { state, step, steps, setupSeconds, trainedMs, curve, loss, reason } = lane;
  const said = {
    compiling: 'loading and compiling …',
    training: `step ${step.toLocaleString('en')} of ${steps.toLocaleString('en')}`,
    done: `done, ${steps.toLocaleString('en')} steps`,
    diverged: `diverged at step ${step.toLocaleString('en')}: ${reason}`,
    failed: `failed: ${reason}`,
  }[state];
  return (
    <>
      <progress max={steps} value={step} aria-label="Steps taken" />
      <dl class="facts">
        <dt>State</dt>
        <dd data-testid="state">{said}</dd>
        <dt>Compiling</dt>
        <dd>{setupSeconds === undefined ? '…' : `${setupSeconds.toFixed(1)} s`}</dd>
        <dt>Training</dt>
        <dd>
          {(trainedMs / 1000).toFixed(1)} s{step > 0 ? `, ${shortNumber(trainedMs / step)} ms a step` : ''}
        </dd>
        <dt>Loss now</dt>
        <dd>{curve.last?.toFixed(3) ?? '…'} nats/token (training)</dd>
        <dt>Final loss</dt>
        <dd data-testid="loss">
          {loss === undefined ? '…' : `${loss.toFixed(3)} nats/token (held-out text)`}
        </dd>
      </dl>
    </>
  );
}
