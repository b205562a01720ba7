// What can be done to a study from the page; absent where the server allows nothing.
import { useState } from 'preact/hooks';
import type { ActionName, Actions, Progress } from '../../../src/server/wire.ts';
import { act } from '../data/fetch.ts';
import { addNote } from '../data/live.ts';
import { useResource } from '../data/resource.ts';
import { meta } from '../data/store.ts';
import { Extend } from './extend.tsx';

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
        addNote((await act(name, order)).message);
        return true;
      } catch (error) {
        addNote(`${(error as Error).message}`);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

export function Controls({ id, progress: { standing, ours } }: { id: string; progress: Progress }) {
  const { busy, ask } = useAction();
  if (!useCanAct() || standing === 'gone' || standing === 'damaged') return null;
  return (
    <div class="controls">
      {(standing === 'running' || (ours && standing === 'worked')) && (
        <button type="button" disabled={busy} onClick={() => ask('pause', { study: id })}>
          Pause
        </button>
      )}
      {standing === 'stopped' && (
        <button type="button" disabled={busy} onClick={() => ask('resume', { study: id })}>
          Resume
        </button>
      )}
      {(standing === 'stopped' || standing === 'finished') && <Extend id={id} />}
    </div>
  );
}

export function StopRun({ id, run }: { id: string; run: string }) {
  const { busy, ask } = useAction();
  if (!useCanAct()) return null;
  const stop = () => {
    if (confirm('Stop this run? It ends as failed. Resume tries it again.')) ask('stop', { study: id, run });
  };
  return (
    <button type="button" class="small" disabled={busy} onClick={stop}>
      Stop
    </button>
  );
}
