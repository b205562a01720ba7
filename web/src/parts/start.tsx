// The form that starts a study: a preset and changes to its fields, or a study that is written here.
import { useState } from 'preact/hooks';
import type { ActionAnswer, Actions } from '../../../src/server/wire.ts';
import { act } from '../data/fetch.ts';
import { useResource } from '../data/resource.ts';
import { startForm } from '../data/store.ts';
import { hrefOf } from '../route.ts';
import { useCanAct } from './actions.ts';
import { type Field, fieldsOf, readValue } from './start-fields.ts';
import { Choice, Fields, Written } from './start-parts.tsx';

export function Start() {
  if (!useCanAct()) return null;
  return (
    <details class="form card">
      <summary>Start a study</summary>
      <Form />
    </details>
  );
}

/** In place of a preset: all of the study is written below. */
const none = '';

function Form() {
  const { value: form, error } = useResource(startForm);
  const [preset, setPreset] = useState('smoke');
  const [size, setSize] = useState('');
  const [place, setPlace] = useState(0);
  const [jobs, setJobs] = useState('');
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [text, setText] = useState('');
  const { busy, problem, started, start } = useStart();
  if (!form) return error ? <p role="alert">{error}</p> : <p class="loading">Loading…</p>;
  if (form.places.length === 0)
    return (
      <p class="muted">Only single studies were given to this server, so there is no folder for a new one.</p>
    );
  const chosen = form.presets.find(({ name }) => name === preset);
  const given = chosen ? givenIn(fieldsOf(form), texts) : [];
  const wrong = [
    ...given.filter(({ value }) => value === undefined).map(({ field }) => field.name),
    ...(/^([1-9]\d*)?$/.test(jobs.trim()) ? [] : ['runs at once']),
  ];
  const submit = (event: Event) => {
    event.preventDefault();
    start({
      place: form.places.some((one) => one.place === place) ? place : form.places[0].place,
      ...(chosen && {
        preset: chosen.name,
        set: Object.fromEntries(given.map(({ field, value }) => [field.name, value])),
      }),
      ...(chosen && size && { size }),
      ...(text.trim() && { text }),
      ...(jobs.trim() && { jobs: Number(jobs) }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Choice
        label="Preset"
        value={chosen?.name ?? none}
        options={[
          ...form.presets.map(({ name }) => [name, name] as const),
          [none, 'none: I write the study'],
        ]}
        onChange={(name) => {
          setPreset(name);
          setSize('');
        }}
      />
      {chosen && chosen.sizes.length > 0 && (
        <Choice
          label="Size"
          value={size}
          options={[['', 'as it is'], ...chosen.sizes.map((one) => [one, one] as const)]}
          onChange={setSize}
        />
      )}
      <Choice
        label="In the folder"
        value={String(place)}
        options={form.places.map((one) => [String(one.place), one.name] as const)}
        onChange={(value) => setPlace(Number(value))}
      />
      <label class="field">
        Runs at once
        <input
          inputMode="numeric"
          size={4}
          placeholder="by cores"
          value={jobs}
          onInput={(event) => setJobs(event.currentTarget.value)}
        />
      </label>
      {chosen && <p class="muted">{chosen.about}</p>}
      {chosen && <Fields {...{ fields: fieldsOf(form), texts, setTexts, wrong }} />}
      <Written {...{ isWhole: !chosen, text, setText }} />
      {wrong.length > 0 && <p role="alert">No value of its kind: {wrong.join(', ')}.</p>}
      {problem && (
        <pre role="alert" class="warning">
          {problem}
        </pre>
      )}
      <button type="submit" disabled={busy || wrong.length > 0 || (!chosen && text.trim() === '')}>
        Start
      </button>
      {started && (
        <p role="status">
          {started.message}. <a href={hrefOf(['study', started.study])}>See it</a>
        </p>
      )}
    </form>
  );
}

/** Starts a study, and keeps what was said of it: everything that is wrong stands where it is mended. */
function useStart() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [started, setStarted] = useState<ActionAnswer>();
  const start = async (order: Actions['start']) => {
    setBusy(true);
    setProblem(undefined);
    setStarted(undefined);
    try {
      setStarted(await act('start', order));
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, started, start };
}

const givenIn = (fields: readonly Field[], texts: Record<string, string>) =>
  fields.flatMap((field) => {
    const text = (texts[field.name] ?? '').trim();
    return text === '' ? [] : [{ field, value: readValue(field, text) }];
  });
