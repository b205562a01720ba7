// Two studies, or two optimizers, side by side.

import { Differing } from '../compare/differing.tsx';
import { Side } from '../compare/side.tsx';
import { useResource } from '../data/resource.ts';
import { studies } from '../data/store.ts';
import { setState, useRoute } from '../route.ts';

export function Compare() {
  const { value, error } = useResource(studies);
  const { query } = useRoute();
  if (!value)
    return error ? (
      <p role="alert">The studies cannot be listed: {error}.</p>
    ) : (
      <p class="loading">Loading…</p>
    );
  const [first] = value.studies;
  if (!first)
    return (
      <>
        <h1>Compare</h1>
        <p>There is no study here yet.</p>
      </>
    );
  const sides = (['left', 'right'] as const).map((side) => {
    const fallback = side === 'right' ? (value.studies[1] ?? first) : first;
    const id = query.get(side) ?? fallback.id;
    return { side, id, arm: query.get(`${side}arm`) };
  });
  return (
    <>
      <h1>Compare</h1>
      <p class="muted lead">
        Choose a study for each side, or the same one twice with two optimizers. Losses of two studies can be
        compared only where their data are the same.
      </p>
      <div class="sides">
        {sides.map(({ side, id, arm }) => (
          <section key={side} aria-label={side === 'left' ? 'Left side' : 'Right side'}>
            <label class="field">
              Study
              <select
                value={id}
                onChange={(event) =>
                  setState({ [side]: event.currentTarget.value, [`${side}arm`]: undefined })
                }
              >
                {value.studies.map((study) => (
                  <option key={study.id} value={study.id}>
                    {study.title || study.name}
                  </option>
                ))}
              </select>
            </label>
            <Side id={id} arm={arm} onArm={(next) => setState({ [`${side}arm`]: next })} />
          </section>
        ))}
      </div>
      <Differing left={sides[0]} right={sides[1]} />
    </>
  );
}
