// The connection to the server: events come in, and the store is told what they are about.
import type { Diverged, EventName, Events } from '../../../src/server/wire.ts';
import { Resource } from './resource.ts';
import { changed, meta } from './store.ts';

/** `files`: static pages, without a server. `lost`: the browser tries again by itself. */
export type Connection = 'opening' | 'live' | 'lost' | 'files';
export const connection = new Resource<Connection>(async (before) => before ?? 'opening');

/** Something that the visitor should know, whatever page is open. */
export interface Note {
  id: number;
  text: string;
  /** Where it leads. */
  diverged?: { study: string } & Diverged;
}
export const notes = new Resource<Note[]>(async (before) => before ?? []);
let lastNote = 0;

function add(note: Omit<Note, 'id'>): number {
  const last = (notes.now.value ?? []).slice(-4);
  notes.set([...last, { id: ++lastNote, ...note }]);
  return lastNote;
}

/** A note that stays until it is dismissed: something went wrong. */
export const addNote = (text: string): void => void add({ text });

/** A note that goes by itself, once it has been read: all went well. */
export function addPassingNote(text: string): void {
  const id = add({ text });
  setTimeout(() => dropNote(id), 10_000);
}

export const dropNote = (id: number): void =>
  notes.set((notes.now.value ?? []).filter((one) => one.id !== id));

const handlers: { [Name in EventName]: (data: Events[Name]) => void } = {
  reset: () => changed.everything(),
  studies: () => changed.studies(),
  view: ({ study }) => changed.view(study),
  progress: ({ study, progress }) => changed.progress(study, progress),
  runs: ({ study }) => changed.runs(study),
  metrics: ({ study, runs }) => changed.metrics(study, runs),
  diverged: (diverged) => add({ text: '', diverged }),
  trouble: ({ message }) => addNote(message),
};

/** Between a loss and the next opening anything may have changed, another server included. */
let wasLost = false;

/** Listens to the server as long as the page is open; static pages have none. */
export async function follow(): Promise<void> {
  await meta.refresh();
  if (meta.now.value?.live === false) return connection.set('files');
  const source = new EventSource('events');
  source.onopen = () => {
    if (wasLost) changed.everything();
    wasLost = false;
    connection.set('live');
  };
  source.onerror = () => {
    wasLost = true;
    connection.set('lost');
    // A browser gives up where the answer is no stream at all, as from a proxy whose server is gone.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  };
  for (const name of Object.keys(handlers) as EventName[])
    source.addEventListener(name, ({ data }: MessageEvent<string>) => handlers[name](JSON.parse(data)));
}
