// How MLflow says that a run ended.
import type { ForeignRun } from '../run.ts';

/** Numbers stand in its files, words in its database. */
const endings: Record<string, ForeignRun['ending']> = {
  '1': 'unfinished',
  '2': 'unfinished',
  '3': 'finished',
  '4': 'failed',
  '5': 'stopped',
  RUNNING: 'unfinished',
  SCHEDULED: 'unfinished',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'stopped',
};

export function endingOf(status: string): Pick<ForeignRun, 'ending' | 'reason'> {
  const ending = Object.hasOwn(endings, status) ? endings[status] : 'unknown';
  return ending === 'failed' ? { ending, reason: 'MLflow says that it failed' } : { ending };
}
