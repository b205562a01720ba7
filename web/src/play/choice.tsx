// A slider over a few values, with its name and what it stands at.

interface Props {
  id: string;
  name: string;
  values: readonly number[];
  value: number;
  text(value: number): string;
  pick(value: number): void;
}

export function Choice({ id, name, values, value, text, pick }: Props) {
  return (
    <div class="field choice">
      <label for={id}>
        {name}: <output>{text(value)}</output>
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max={values.length - 1}
        step="1"
        value={values.indexOf(value)}
        aria-valuetext={text(value)}
        onInput={(e) => pick(values[Number(e.currentTarget.value)])}
      />
    </div>
  );
}
