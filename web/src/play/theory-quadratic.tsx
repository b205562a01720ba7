// Quadratics whose blocks are alike or not: what the Hessian makes of the gap, what the noise, what the batch size.
import { useMemo } from 'preact/hooks';
import { BOWL_STEPS, batchOf, bowls, noises } from './bowl.ts';
import { BowlCharts, type BowlShown } from './bowl-charts.tsx';
import { Choice } from './choice.tsx';
import { shortNumber } from './scale.ts';
import { multiples } from './theory-jobs.ts';
import { type TheoryState, theoryBatches } from './theory-state.ts';
import { useComputed } from './use-computed.ts';
import { Waiting } from './waiting.tsx';

const momenta = [0, 0.5, 0.9, 0.95, 0.98];
const bowlText = { heterogeneous: 'blocks of unlike curvature', homogeneous: 'blocks alike' };
const noiseText = {
  columns: 'from picking few of nine samples',
  isotropic: 'added, the same in all directions',
  hessian: 'added, in proportion to the curvature',
};

export function QuadraticSection({ get, set }: TheoryState) {
  const batchSize = get('batch', theoryBatches, 16);
  const bowl = get('bowl', bowls, 'heterogeneous');
  const noise = get('from', noises, 'isotropic');
  const beta = get('bowl-momentum', momenta, 0.95);
  const times = get('times', multiples, 1);
  const { latest, busy, failed } = useComputed('bowl', {
    bowl,
    noise,
    batchSize: batchOf({ noise, batchSize }),
    beta,
  });
  const figures = useMemo(
    () => (latest ? <BowlCharts {...latest} times={times} /> : <Waiting failed={failed} />),
    [latest, times, failed],
  );
  return (
    <section class="step" aria-labelledby="bowl" aria-busy={busy}>
      <h2 id="bowl">3. The curvature: is it the shape of the bowl?</h2>
      <p class="prose">
        Another explanation: the curvature of a Transformer differs from block to block, and only Adam adapts
        to it. Here are two bowls with the same nine curvatures (1 to 5,000), sorted into blocks that are
        alike or not. Both optimizers take {BOWL_STEPS} steps at the best of many learning rates.
      </p>
      {latest && <Winner {...latest} />}
      <div class="controls">
        <Choice
          {...{ id: 'bowl-batch', name: 'Batch size', values: theoryBatches, value: batchSize, text: String }}
          pick={(value) => set('batch', value)}
        />
        <Choice
          {...{ id: 'bowl-momentum', name: 'Momentum β', values: momenta, value: beta, text: String }}
          pick={(value) => set('bowl-momentum', value)}
        />
        <Choice
          {...{
            id: 'times',
            name: 'Learning rate, times the best',
            values: multiples,
            value: times,
            text: String,
          }}
          pick={(value) => set('times', value)}
        />
        <Radios
          legend="Bowl"
          name="bowl"
          values={bowls}
          texts={bowlText}
          value={bowl}
          pick={(v) => set('bowl', v)}
        />
        <Radios
          legend="Noise"
          name="from"
          values={noises}
          texts={noiseText}
          value={noise}
          pick={(v) => set('from', v)}
        />
      </div>
      {figures}
    </section>
  );
}

function Winner({ wish, result: { adam, sgd } }: BowlShown) {
  const ratio = sgd.best.loss / adam.best.loss;
  return (
    <p class="prose">
      <strong>
        Batch size {wish.batchSize}: tuned SGD ends at {shortNumber(sgd.best.loss)}, tuned Adam at{' '}
        {shortNumber(adam.best.loss)}:{' '}
        {ratio > 2
          ? `SGD ends ${shortNumber(ratio)} times higher.`
          : ratio < 0.5
            ? `Adam ends ${shortNumber(1 / ratio)} times higher.`
            : 'the two are close.'}
      </strong>{' '}
      {wish.noise === 'columns' && 'There are only nine samples, so a batch has at most nine. '}
      The answer depends on where the noise comes from: try all three.
    </p>
  );
}

interface RadiosProps<T extends string> {
  legend: string;
  name: string;
  values: readonly T[];
  texts: Record<T, string>;
  value: T;
  pick(value: T): void;
}

function Radios<T extends string>({ legend, name, values, texts, value, pick }: RadiosProps<T>) {
  return (
    <fieldset class="field plain">
      <legend class="name">{legend}</legend>
      {values.map((one) => (
        <label key={one}>
          <input type="radio" name={name} checked={one === value} onChange={() => pick(one)} /> {texts[one]}
        </label>
      ))}
    </fieldset>
  );
}
