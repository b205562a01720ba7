// Whether anybody works on a study, and how many of its runs stand where.
import { shown } from '../core/shown.ts';
import type { RunState, StudyState } from './state.ts';

/**
 * `running`: a study command works on it. `held`: by a process that cannot be seen from here.
 * `worked`: only workers do. `stopped`: nobody, and runs are missing.
 */
export type Standing = 'running' | 'held' | 'worked' | 'finished' | 'stopped';

export function countRuns({ runs }: StudyState): Record<RunState, number> {
  const counts = { done: 0, diverged: 0, failed: 0, running: 0, held: 0, interrupted: 0, waiting: 0 };
  // Two arms may come to the same run.
  for (const state of new Map(runs.map(({ run, state }) => [run.id, state])).values()) counts[state]++;
  return counts;
}

export function standingOf({ plan, holder }: StudyState, counts: Record<RunState, number>): Standing {
  if (holder) return holder.seen ? 'running' : 'held';
  if (plan.done) return 'finished';
  return counts.running + counts.held > 0 ? 'worked' : 'stopped';
}

/** The process that works on a study, as people read it. */
export const holderText = ({ pid, host }: { pid: number; host: string }): string =>
  `process ${pid} on ${shown(host)}`;
