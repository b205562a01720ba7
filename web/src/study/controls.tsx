// What can be done to a study from the page; absent where the server allows nothing.
import type { Progress } from '../../../src/server/wire.ts';
import { useAction, useCanAct } from '../parts/actions.ts';
import { Extend } from './extend.tsx';

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
