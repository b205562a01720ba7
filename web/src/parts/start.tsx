// The form that starts a study: a preset, and changes to its fields.
import { useState } from 'preact/hooks';
import type { Actions } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { startForm } from '../data/store.ts';
import { useAction, useCanAct } from './actions.ts';
import { fieldsOf, readValue } from './start-fields.ts';

export function Start() {
  if (!useCanAct()) return null;
  return (
    <details class="form card">
      <summary>Start a study</summary>
      <Form />
    </details>
  );
}

function Form() {
  const { value: form, error } = useResource(startForm);
  const { busy, ask } = useAction();
  const [preset, setPreset] = useState('smoke');
  const [size, setSize] = useState('');
  const [place, setPlace] = useState(0);
  const [texts, setTexts] = useState<Record<string, string>>({});
  if (!form) return error ? <p role="alert">{error}</p> : <p class="loading">Loading…</p>;
  const fields = fieldsOf(form);
  const given = fields.flatMap((field) => {
    const text = (texts[field.name] ?? '').trim();
    return text === '' ? [] : [{ field, value: readValue(field, text) }];
  });
  const wrong = given.filter(({ value }) => value === undefined).map(({ field }) => field.name);
  const chosen = form.presets.find(({ name }) => name === preset) ?? form.presets[0];
  const submit = async (event: Event) => {
    event.preventDefault();
    const order: Actions['start'] = {
      place: form.places.some((one) => one.place === place) ? place : form.places[0].place,
      preset: chosen.name,
      set: Object.fromEntries(given.map(({ field, value }) => [field.name, value])),
      ...(size && { size }),
    };
    await ask('start', order);
  };
  if (form.places.length === 0)
    return (
      <p class="muted">Only single studies were given to this server, so there is no folder for a new one.</p>
    );
  return (
    <form onSubmit={submit}>
      <label class="field">
        Preset
        <select
          value={chosen.name}
          onChange={(event) => {
            setPreset(event.currentTarget.value);
            setSize('');
          }}
        >
          {form.presets.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {chosen.sizes.length > 0 && (
        <label class="field">
          Size
          <select value={size} onChange={(event) => setSize(event.currentTarget.value)}>
            <option value="">as it is</option>
            {chosen.sizes.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        In the folder
        <select value={place} onChange={(event) => setPlace(Number(event.currentTarget.value))}>
          {form.places.map((one) => (
            <option key={one.place} value={one.place}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <p class="muted">{chosen.about}</p>
      <details>
        <summary>Changes to the preset</summary>
        {fields.map(({ name, about }) => (
          <p key={name}>
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
      {wrong.length > 0 && <p role="alert">No value of its kind: {wrong.join(', ')}.</p>}
      <button type="submit" disabled={busy || wrong.length > 0}>
        Start
      </button>
    </form>
  );
}
