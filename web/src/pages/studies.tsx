// The list of studies: what each asks, how far it is, and what it has found.
import { duration, plural } from '../../../src/report/format.ts';
import type { StudyEntry } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { studies } from '../data/store.ts';
import { standings } from '../parts/standing.ts';
import { Start } from '../parts/start.tsx';
import { hrefOf } from '../route.ts';

export function Studies() {
  const { value, error } = useResource(studies);
  return (
    <>
      <h1>Studies</h1>
      {error && (
        <p role="alert" class="warning">
          The list cannot be fetched: {error}.
        </p>
      )}
      {!value && !error && <p class="loading">Loading…</p>}
      <Start />
      {value?.studies.length === 0 && <p>There is no study here yet.</p>}
      <div class="list">
        {value?.studies.map((one) => (
          <Entry key={one.id} study={one} />
        ))}
      </div>
      {value && value.problems.length > 0 && (
        <details open>
          <summary>Folders that hold no study ({value.problems.length})</summary>
          <ul>
            {value.problems.map(({ place, problem }) => (
              <li key={place}>
                <code>{place}</code>: {problem}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Entry({ study }: { study: StudyEntry }) {
  const { id, name, title, place, standing, problem, runs, runsExpected, etaSeconds, question, answer } =
    study;
  const finished = runs.done + runs.diverged + runs.failed;
  return (
    <article class="card">
      <h2>
        <a href={hrefOf(['study', id])}>{title || name}</a>
      </h2>
      <div class="facts">
        <span class={`standing ${standing}`}>{standings[standing]}</span>
        <span>
          {finished} of {standing === 'finished' ? '' : 'about '}
          {plural(runsExpected, 'run')}
        </span>
        {etaSeconds !== null && standing !== 'finished' && <span>{duration(etaSeconds)} to go</span>}
      </div>
      {standing !== 'finished' && (
        <progress
          value={finished}
          max={Math.max(1, runsExpected)}
          aria-label={`Progress of ${title || name}`}
        />
      )}
      {problem && (
        <p role="alert" class="warning">
          {problem}
        </p>
      )}
      <p class="muted">{question}</p>
      {answer.slice(0, 2).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p class="muted small">
        <code>{place}</code>
      </p>
    </article>
  );
}
