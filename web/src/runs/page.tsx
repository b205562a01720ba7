// The runs of a study: curves of those that are pinned, their settings side by side, and the table of all.
import { useMemo } from 'preact/hooks';
import type { RunTable, StudyView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { runRows } from '../data/rows.ts';
import { tableOf, viewOf } from '../data/store.ts';
import { StudyHead } from '../parts/study-head.tsx';
import { setState, useRoute } from '../route.ts';
import { Curves } from './curves.tsx';
import { filtered } from './filter.ts';
import { Parallel } from './parallel.tsx';
import { type Setting, settingsOf } from './settings.ts';
import { RunsTable } from './table.tsx';

export function RunsPage({ id }: { id: string }) {
  const { value: view, error } = useResource(viewOf(id));
  const { value: table, error: tableError } = useResource(tableOf(id));
  if (!view || !table) {
    const problem = error ?? tableError;
    return problem ? (
      <p role="alert">These runs cannot be shown: {problem}.</p>
    ) : (
      <p class="loading">Loading…</p>
    );
  }
  return (
    <>
      <StudyHead view={view} here="runs" error={error ?? tableError} />
      <Runs view={view} table={table} />
    </>
  );
}

function Runs({ view, table }: { view: StudyView; table: RunTable }) {
  const { query } = useRoute();
  const text = query.get('q') ?? '';
  const rows = useMemo(() => filtered(table.columns, text), [table, text]);
  const settings = useMemo(() => settingsOf(runRows(table)), [table]);
  const pins = query.get('pin');
  const pinned = useMemo(() => pinnedOf(settings, pins, view), [settings, pins, view]);
  const pin = (setting: Setting) => {
    const ids = pinned.map(({ id }) => id);
    const next = ids.includes(setting.id) ? ids.filter((id) => id !== setting.id) : [...ids, setting.id];
    // `none` is a choice, too: nothing at all would bring the preselected ones back.
    setState({ pin: next.join(',') || 'none' });
  };
  return (
    <>
      <Curves view={view} settings={pinned} />
      <Parallel table={table} rows={rows} text={text} />
      <RunsTable {...{ view, table, rows, settings, pinned, pin }} />
    </>
  );
}

/** A few are shown at first: the winners of the two arms that are compared, at the smallest and the largest batch size. */
function pinnedOf(
  settings: readonly Setting[],
  pins: string | null,
  { summary, progress }: StudyView,
): Setting[] {
  const of = (pin: string) =>
    settings.find(({ id }) => id === pin) ??
    settings.find(({ runs }) => runs.some(({ runId }) => runId === pin));
  if (pins !== null) return [...new Set(pins.split(',').flatMap((run) => of(run) ?? []))];
  const { baseline, challenger, cells } = summary;
  const won = cells.filter(
    ({ best, optimizer }) =>
      best && (baseline === null || optimizer === baseline || optimizer === challenger),
  );
  const sizes = won.map(({ batchSize }) => batchSize);
  const ends = [Math.min(...sizes), Math.max(...sizes)];
  const winners = won.filter(({ batchSize }) => ends.includes(batchSize)).map(({ best }) => best!.runId);
  const first = winners.length > 0 ? winners : progress.running.map(({ run }) => run);
  return [...new Set(first.flatMap((run) => of(run) ?? []))].slice(0, 4);
}
