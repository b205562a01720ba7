// The pages of a study: results, runs, one run.
import { RunsPage } from '../runs/page.tsx';
import { StudyPage } from '../study/page.tsx';
import { NotFound } from './not-found.tsx';

export function Study({ path }: { path: readonly string[] }) {
  const [id, page] = path;
  if (id !== undefined && page === undefined) return <StudyPage key={id} id={id} />;
  if (page === 'runs' && path.length === 2) return <RunsPage key={id} id={id} />;
  return <NotFound />;
}
