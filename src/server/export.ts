// The pages as files: what a server would answer, written once, for any web server or none of one's own.
import type { OwnedFolder } from '../files/owned.ts';
import type { Asset } from './assets.ts';
import type { Dashboard } from './dashboard.ts';
import { startForm } from './start.ts';
import type { Meta } from './wire.ts';

/** Files that are made before they are written: those of a large study would fill the memory. */
const MOST_HELD = 500;

/** Writes the pages and the data of all studies; gives how many studies and files. */
export async function exportPages(
  dashboard: Dashboard,
  assets: ReadonlyMap<string, Asset>,
  folder: OwnedFolder,
  { version, signal }: { version: string; signal: AbortSignal },
): Promise<{ studies: number; files: number }> {
  const written = new Set<string>();
  const write = (files: Map<string, string | Uint8Array>) => {
    folder.write(files);
    for (const name of files.keys()) written.add(name);
  };
  const json = (value: unknown) => `${JSON.stringify(value)}\n`;
  const meta: Meta = { version, live: false, readOnly: true };
  const list = await dashboard.list();
  write(
    new Map<string, string | Uint8Array>([
      ...[...assets].flatMap(([name, asset]) => (name === '' ? [] : [[name, asset.read()] as const])),
      ['data/meta.json', json(meta)],
      ['data/studies.json', json(list)],
      ['data/form.json', json(startForm([], false))],
    ]),
  );
  for (const { id } of list.studies) {
    const view = dashboard.view(id);
    const table = dashboard.table(id);
    if (!view || 'problem' in view || !table) continue;
    const files = new Map<string, string>([
      [`data/${id}/view.json`, json(view)],
      [`data/${id}/runs.json`, json(table)],
    ]);
    for (const run of new Set(table.columns.run)) {
      signal.throwIfAborted();
      files.set(`data/${id}/runs/${run}.json`, json(dashboard.run(id, run)));
      files.set(`data/${id}/metrics/${run}.json`, json(await dashboard.metrics(id, run)));
      if (files.size < MOST_HELD) continue;
      write(files);
      files.clear();
    }
    write(files);
  }
  // Of studies, runs and pages that are not there any more.
  folder.remove((name) => !written.has(name));
  return { studies: list.studies.length, files: written.size };
}
