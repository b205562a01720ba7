// Everything that pages show, each thing fetched once and kept. Events say what has changed;
// only that is fetched again, and only what was added to it.
import type {
  Meta,
  Metrics,
  Progress,
  RunTable,
  RunView,
  StartForm,
  StudyList,
  StudyView,
} from '../../../src/server/wire.ts';
import { getJson } from './fetch.ts';
import { mergeMetrics, mergeRuns } from './merge.ts';
import { Resource } from './resource.ts';

export const meta = new Resource<Meta>(() => getJson('data/meta.json'));
export const studies = new Resource<StudyList>(() => getJson('data/studies.json'));
export const startForm = new Resource<StartForm>(() => getJson('data/form.json'));

/** Keeps one resource for each name. */
function family<T>(make: (...names: string[]) => Resource<T>) {
  const all = new Map<string, Resource<T>>();
  const of = (...names: string[]): Resource<T> => {
    const key = names.join('/');
    if (!all.has(key)) all.set(key, make(...names));
    return all.get(key)!;
  };
  return { of, known: (...names: string[]) => all.get(names.join('/')), all };
}

const part = encodeURIComponent;
const isLive = () => meta.now.value?.live === true;
/** The address of `path`, from `cursor` on where there is one and a server that understands it. */
const since = (path: string, name: string, cursor: string | undefined) =>
  cursor !== undefined && isLive() ? `${path}?${name}=${part(cursor)}` : path;

/** Progress that was told while the view of its study was being fetched. */
const told = new Map<string, Progress>();
const views = family<StudyView>(
  (study) =>
    new Resource(async () => {
      told.delete(study);
      const view = await getJson<StudyView>(`data/${part(study)}/view.json`);
      // It is newer than the view, or an event as new as the view is about to come.
      const progress = told.get(study);
      return progress ? { ...view, progress } : view;
    }),
);
const tables = family<RunTable>(
  (study) =>
    new Resource(async (before) =>
      mergeRuns(
        before,
        await getJson<RunTable>(since(`data/${part(study)}/runs.json`, 'after', before?.cursor)),
      ),
    ),
);
const runs = family<RunView>(
  (study, run) => new Resource(() => getJson(`data/${part(study)}/runs/${part(run)}.json`)),
);
const metrics = family<Metrics>(
  (study, run) =>
    new Resource(async (before) => {
      // Nothing will be added to a run that has ended.
      if (before?.ended) return before;
      const path = `data/${part(study)}/metrics/${part(run)}.json`;
      return mergeMetrics(before, await getJson<Metrics>(since(path, 'from', before?.cursor)));
    }),
);

export const viewOf = (study: string) => views.of(study);
export const tableOf = (study: string) => tables.of(study);
export const runOf = (study: string, run: string) => runs.of(study, run);
export const metricsOf = (study: string, run: string) => metrics.of(study, run);

const refreshShown = (resource: Pick<Resource<never>, 'watched' | 'refresh'> | undefined) => {
  if (resource?.watched) resource.refresh();
};

/** What each event of the server asks for. */
export const changed = {
  everything(): void {
    for (const one of [
      meta,
      studies,
      ...[views, tables, runs, metrics].flatMap(({ all }) => [...all.values()]),
    ])
      refreshShown(one);
  },
  studies: (): void => refreshShown(studies),
  view: (study: string): void => refreshShown(views.known(study)),
  progress(study: string, progress: Progress): void {
    told.set(study, progress);
    const view = views.known(study);
    if (view?.now.value) view.set({ ...view.now.value, progress });
  },
  runs(study: string): void {
    refreshShown(tables.known(study));
  },
  metrics(study: string, ids: readonly string[]): void {
    for (const id of ids) {
      refreshShown(metrics.known(study, id));
      refreshShown(runs.known(study, id));
    }
  },
};
