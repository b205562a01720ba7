// The pages of a study: results, runs, one run.
import { StudyPage } from '../study/page.tsx';
import { NotFound } from './not-found.tsx';

export function Study({ path }: { path: readonly string[] }) {
  const [id, page] = path;
  if (id !== undefined && page === undefined) return <StudyPage key={id} id={id} />;
  return <NotFound />;
}
