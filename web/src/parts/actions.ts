// Actions of the server, as components ask for them.
import { useState } from 'preact/hooks';
import type { ActionName, Actions } from '../../../src/server/wire.ts';
import { act } from '../data/fetch.ts';
import { addNote, addPassingNote } from '../data/live.ts';
import { useResource } from '../data/resource.ts';
import { meta } from '../data/store.ts';

/** Whether a server answers that allows actions. */
export function useCanAct(): boolean {
  const { value } = useResource(meta);
  return value?.live === true && !value.readOnly;
}

/** Asks for an action, and says how it went. */
export function useAction(): {
  busy: boolean;
  ask<N extends ActionName>(name: N, order: Actions[N]): Promise<boolean>;
} {
  const [busy, setBusy] = useState(false);
  return {
    busy,
    async ask(name, order) {
      setBusy(true);
      try {
        addPassingNote((await act(name, order)).message);
        return true;
      } catch (error) {
        addNote((error as Error).message);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
