// One study: what it asks and finds, how far it is, and its figures, all filling in while it runs.
import type { StudyView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { tableOf, viewOf } from '../data/store.ts';
import { GroupSelect, groupIndex } from '../parts/group-select.tsx';
import { StudyHead } from '../parts/study-head.tsx';
import { useRoute } from '../route.ts';
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
  const index = groupIndex(groups, query.get('group'));
  return (
    <>
      <StudyHead view={view} here="study" error={error} />
      <ProgressPanel view={view} />
      <Answer view={view} />
      <GroupSelect groups={groups} index={index} name="group" />
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
