// Controls of curves: what they are drawn against, how smooth, and on which axes.
import { setState, useRoute } from '../route.ts';
import { axes, type CurveChoice, mostSmooth } from './curve-choice.ts';

export const CurveControls = ({ choice, up }: { choice: CurveChoice; up: string }) => (
  <>
    <label class="field">
      Against
      <select value={choice.x} onChange={(event) => setState({ x: event.currentTarget.value })}>
        {Object.entries(axes).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
    <label class="field">
      Smoothing
      <input
        type="range"
        min="0"
        max={mostSmooth}
        step="0.02"
        value={choice.smooth}
        onInput={(event) => setState({ smooth: event.currentTarget.value })}
      />
      <output>{choice.smooth}</output>
    </label>
    <Check name="logx" label="log across" />
    <Check name="logy" label={up} />
  </>
);

/** Writes `value` into the field `name` of the address, or takes it out. */
export function Check({ name, value = '1', label }: { name: string; value?: string; label: string }) {
  const isOn = useRoute().query.get(name) === value;
  return (
    <label class="field">
      <input type="checkbox" checked={isOn} onChange={() => setState({ [name]: isOn ? undefined : value })} />
      {label}
    </label>
  );
}
