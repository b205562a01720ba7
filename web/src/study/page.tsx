// One study: what it asks and finds, how far it is, and its figures, all filling in while it runs.
import { budgetText } from '../../../src/report/format.ts';
import type { StudyView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { tableOf, viewOf } from '../data/store.ts';
import { StudyHead } from '../parts/study-head.tsx';
import { setState, useRoute } from '../route.ts';
import { Claims } from './claims.tsx';
import { Differences } from './differences.tsx';
import { Effort } from './effort.tsx';
import { StudyFigures } from './figures.tsx';
import { ProgressPanel } from './progress.tsx';

export function StudyPage({ id }: { id: string }) {
  const { value: view, error } = useResource(viewOf(id));
  const { value: table } = useResource(tableOf(id));
  const { query } = useRoute();
  if (!view)
    return error ? <p role="alert">This study cannot be shown: {error}.</p> : <p class="loading">Loading…</p>;
  const { groups } = view.summary;
  const index = Math.max(
    0,
    groups.findIndex((_, i) => String(i) === query.get('group')),
  );
  return (
    <>
      <StudyHead view={view} here="study" error={error} />
      <ProgressPanel view={view} />
      <Answer view={view} />
      {groups.length > 1 && (
        <label class="field">
          Model and budget
          <select value={String(index)} onChange={(event) => setState({ group: event.currentTarget.value })}>
            {groups.map((group, i) => (
              <option key={i} value={String(i)}>
                {group.model}, {budgetText(group)} per run
              </option>
            ))}
          </select>
        </label>
      )}
      {groups[index] && table && <StudyFigures view={view} table={table} index={index} />}
      {groups[index] && <Differences view={view} group={groups[index]} />}
      {groups[index] && <Claims view={view} group={groups[index]} />}
      <Effort view={view} />
    </>
  );
}

/** The message first: the answer, and what limits it. */
function Answer({ view: { summary } }: { view: StudyView }) {
  const limits = summary.caveats;
  return (
    <section class="answer" aria-label="Answer">
      <p class="question">{summary.question}</p>
      {summary.answer.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {limits.length > 0 && (
        <details open={limits.length < 4}>
          <summary>What limits this answer ({limits.length})</summary>
          <ul>
            {limits.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
