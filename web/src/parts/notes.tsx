// Notes over every page: a run that has just diverged, how an action went, a server that does not answer.
import { displayName } from '../../../src/analysis/names.ts';
import { short } from '../../../src/report/format.ts';
import { connection, dropNote, type Note, notes } from '../data/live.ts';
import { useResource } from '../data/resource.ts';
import { hrefOf } from '../route.ts';

export function Notes() {
  const { value = [] } = useResource(notes);
  return (
    <div class="notes" role="status">
      {value.map((note) => (
        <p key={note.id}>
          <Text note={note} />
          <button type="button" aria-label="Dismiss" onClick={() => dropNote(note.id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}

function Text({ note: { id, text, diverged } }: { note: Note }) {
  if (!diverged) return <span>{text}</span>;
  const { study, run, optimizer, batchSize, lr, step, reason } = diverged;
  return (
    <span>
      <b>Diverged:</b> {displayName(optimizer)} at batch size {batchSize}, rate {short(lr)}, step {step} (
      {reason}).{' '}
      <a href={hrefOf(['study', study, 'run', run])} onClick={() => dropNote(id)}>
        See the run
      </a>
    </span>
  );
}

/** Whether what is shown is the newest state. */
export function ConnectionSign() {
  const { value } = useResource(connection);
  if (value === 'live') return <span class="connection live">live</span>;
  if (value === 'lost')
    return (
      <span class="connection lost" role="alert">
        no connection to the server; trying again
      </span>
    );
  return null;
}
