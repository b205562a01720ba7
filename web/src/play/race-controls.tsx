// What the visitor can choose before a race, and how it is started, paused and stopped.
import { arms, batchSizes, type Equal, equal, stepsOf } from './race.ts';
import type { Settings } from './settings.ts';
import type { Race } from './use-race.ts';

interface Props {
  settings: Settings;
  set(changes: Partial<Settings>): void;
  race: Race;
  start(): void;
}

/** A moved rate belongs to the batch size and the optimizer that it was moved at. */
const tuned = { lrLeft: undefined, lrRight: undefined };

export function RaceControls({ settings, set, race, start }: Props) {
  const { batchSize, given, left, right, seed } = settings;
  const steps = stepsOf(given, batchSize);
  return (
    <div class="controls">
      <div class="field big">
        <label for="batch">
          Batch size: <strong>{batchSize}</strong> sequences a step
        </label>
        <input
          id="batch"
          type="range"
          min="0"
          max={batchSizes.length - 1}
          step="1"
          value={batchSizes.indexOf(batchSize as (typeof batchSizes)[number])}
          aria-valuetext={`${batchSize} sequences, ${steps} steps`}
          onInput={(e) => set({ batchSize: batchSizes[Number(e.currentTarget.value)], ...tuned })}
        />
        <div class="stops" aria-hidden="true">
          {batchSizes.map((size) => (
            <span key={size}>{size}</span>
          ))}
        </div>
      </div>
      <fieldset class="field plain">
        <legend class="name">Both get equal</legend>
        {(Object.keys(equal) as Equal[]).map((kind) => (
          <label key={kind}>
            <input
              type="radio"
              name="equal"
              checked={given === kind}
              onChange={() => set({ given: kind, ...tuned })}
            />{' '}
            {kind} at every batch size ({equal[kind].toLocaleString('en')})
          </label>
        ))}
      </fieldset>
      <ArmField
        id="left"
        name="First optimizer"
        value={left}
        other={right}
        pick={(arm) => set({ left: arm, ...tuned })}
      />
      <ArmField
        id="right"
        name="Second optimizer"
        value={right}
        other={left}
        pick={(arm) => set({ right: arm, ...tuned })}
      />
      <div class="field">
        <label for="seed">Seed</label>
        <input
          id="seed"
          type="number"
          min="0"
          max="999999"
          value={seed}
          onChange={(e) => {
            const value = e.currentTarget.valueAsNumber;
            if (Number.isSafeInteger(value) && value >= 0) set({ seed: value });
          }}
        />
      </div>
      <div class="buttons">
        {race.state === 'running' ? (
          <>
            <button type="button" class="main" onClick={() => race.pause(!race.paused)}>
              {race.paused ? 'Go on' : 'Pause'}
            </button>
            <button type="button" onClick={race.stop}>
              Stop
            </button>
          </>
        ) : (
          <button type="button" class="main" onClick={start} disabled={race.problem !== undefined}>
            Start the race
          </button>
        )}
      </div>
    </div>
  );
}

function ArmField(p: { id: string; name: string; value: string; other: string; pick(arm: string): void }) {
  return (
    <div class="field">
      <label for={p.id}>{p.name}</label>
      <select id={p.id} value={p.value} onChange={(e) => p.pick(e.currentTarget.value)}>
        {Object.entries(arms).map(([name, { title }]) => (
          <option key={name} value={name} disabled={name === p.other}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}
