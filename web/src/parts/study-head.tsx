// The head of every page of a study: its title, its pages, and what is wrong with it.
import type { StudyView } from '../../../src/server/wire.ts';
import { hrefOf } from '../route.ts';

interface Props {
  view: StudyView;
  here: 'study' | 'runs' | 'run';
  /** Why its newest state could not be fetched. */
  error?: string;
}

export function StudyHead({ view: { id, setup, progress }, here, error }: Props) {
  const trouble = error ?? progress.problem;
  return (
    <>
      <h1>{setup.title || setup.name}</h1>
      {setup.description && <p class="muted lead">{setup.description}</p>}
      {setup.command && (
        <p class="muted">
          Trained by <code>{setup.command.join(' ')}</code>
        </p>
      )}
      <nav class="tabs" aria-label="Pages of this study">
        <a href={hrefOf(['study', id])} aria-current={here === 'study' ? 'page' : undefined}>
          Results
        </a>
        <a href={hrefOf(['study', id, 'runs'])} aria-current={here === 'runs' ? 'page' : undefined}>
          Runs
        </a>
        <a href={hrefOf(['compare'], { left: id })}>Compare</a>
      </nav>
      {trouble && (
        <p role="alert" class="warning">
          {error ? `What you see is not the newest state: ${error}.` : trouble}
        </p>
      )}
    </>
  );
}
