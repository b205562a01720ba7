// What the form that starts a study is made of: choices, single fields, and text for everything else.
import type { Field } from './start-fields.ts';

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, name: string])[];
  onChange(value: string): void;
}

export const Choice = ({ label, value, options, onChange }: ChoiceProps) => (
  <label class="field">
    {label}
    <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.map(([one, name]) => (
        <option key={one} value={one}>
          {name}
        </option>
      ))}
    </select>
  </label>
);

interface FieldsProps {
  fields: readonly Field[];
  texts: Record<string, string>;
  setTexts(texts: Record<string, string>): void;
  wrong: readonly string[];
}

export const Fields = ({ fields, texts, setTexts, wrong }: FieldsProps) => (
  <details>
    <summary>Changes to the preset</summary>
    {fields.map(({ name, about }) => (
      <p key={name} class="change">
        <label class="field">
          {name}
          <input
            value={texts[name] ?? ''}
            placeholder="as the preset has it"
            aria-invalid={wrong.includes(name) || undefined}
            onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
          />
        </label>
        <span class="muted small">{about}</span>
      </p>
    ))}
  </details>
);

const example = `name: my-study
model: nano
tokens: 1000000
batchSizes: [1, 8, 64]
optimizers: {sgd: {}, adam: {}}
`;

interface WrittenProps {
  isWhole: boolean;
  text: string;
  setText(text: string): void;
}

export const Written = ({ isWhole, text, setText }: WrittenProps) => (
  <details open={isWhole}>
    <summary>{isWhole ? 'The study, as YAML or JSON' : 'Any other fields, as YAML or JSON'}</summary>
    <textarea
      aria-label={isWhole ? 'The study' : 'Other fields'}
      rows={10}
      spellcheck={false}
      placeholder={isWhole ? example : 'optimizers:\n  sgd:\n    lr: {guess: 0.5}\nprobes: [text]\n'}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
    <p class="muted small">
      {isWhole
        ? 'The fields of a study file. '
        : 'Fields are merged into those of the preset, lists replace them. '}
      docs/study-reference.md lists all fields.
    </p>
  </details>
);
