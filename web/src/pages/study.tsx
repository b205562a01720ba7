// The pages of a study: results, runs, one run.
import { RunPage } from '../run/page.tsx';
import { RunsPage } from '../runs/page.tsx';
import { StudyPage } from '../study/page.tsx';
import { NotFound } from './not-found.tsx';

export function Study({ path }: { path: readonly string[] }) {
  const [id, page, run] = path;
  if (id !== undefined && page === undefined) return <StudyPage key={id} id={id} />;
  if (page === 'runs' && path.length === 2) return <RunsPage key={id} id={id} />;
  if (page === 'run' && run !== undefined && path.length === 3)
    return <RunPage key={run} study={id} run={run} />;
  return <NotFound />;
}
