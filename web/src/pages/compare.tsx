// Two studies, or two optimizers, side by side.

import { Differing } from '../compare/differing.tsx';
import { Side } from '../compare/side.tsx';
import { useResource } from '../data/resource.ts';
import { studies, viewOf } from '../data/store.ts';
import { setState, useRoute } from '../route.ts';

/** Instead of an optimizer's name, which begins with a letter. */
const all = '*';

export function Compare() {
  const { value, error } = useResource(studies);
  const { query } = useRoute();
  const ids = [query.get('left') ?? value?.studies[0]?.id, query.get('right') ?? value?.studies[1]?.id];
  const [left, right = left] = ids;
  const { value: both } = useResource(left !== undefined && left === right ? viewOf(left) : null);
  if (!value)
    return error ? (
      <p role="alert">The studies cannot be listed: {error}.</p>
    ) : (
      <p class="loading">Loading…</p>
    );
  if (left === undefined || right === undefined)
    return (
      <>
        <h1>Compare</h1>
        <p>There is no study here yet.</p>
      </>
    );
  // A study beside itself would say nothing: its two arms are compared, by right minus left.
  const arms = both ? Object.keys(both.setup.optimizers) : [];
  const pair = both ? [both.summary.baseline ?? arms[0], both.summary.challenger ?? arms[1]] : [];
  const sides = (['left', 'right'] as const).map((side, i) => {
    const arm = query.get(`${side}arm`) ?? pair[i] ?? all;
    return { side, id: [left, right][i], arm: arm === all ? null : arm, group: query.get(`${side}group`) };
  });
  return (
    <>
      <h1>Compare</h1>
      <p class="muted lead">
        Choose a study for each side, or the same one twice with two optimizers. Losses of two studies can be
        compared only where their data are the same.
      </p>
      <div class="sides">
        {sides.map(({ side, id, arm, group }) => (
          <section key={side} aria-label={side === 'left' ? 'Left side' : 'Right side'}>
            <label class="field">
              Study
              <select
                value={id}
                onChange={(event) =>
                  setState({
                    [side]: event.currentTarget.value,
                    ...{ [`${side}arm`]: undefined, [`${side}group`]: undefined },
                  })
                }
              >
                {value.studies.map((study) => (
                  <option key={study.id} value={study.id}>
                    {study.title || study.name}
                  </option>
                ))}
              </select>
            </label>
            <Side
              {...{ id, arm, group, groupField: `${side}group` }}
              onArm={(next) => setState({ [`${side}arm`]: next ?? all })}
            />
          </section>
        ))}
      </div>
      <Differing left={sides[0]} right={sides[1]} />
    </>
  );
}
