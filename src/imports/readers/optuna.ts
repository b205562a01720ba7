// What Optuna's two stores have in common: states, categories, and the objective.
import { parseLoose } from '../loose-json.ts';
import type { ForeignRun, Value } from '../run.ts';

/**
 * TrialState by number, as in the journal, and by word, as in the database. A pruned
 * trial was stopped on purpose.
 */
const endings: Record<string, ForeignRun['ending']> = {
  '0': 'unfinished',
  '1': 'finished',
  '2': 'stopped',
  '3': 'failed',
  '4': 'unfinished',
  RUNNING: 'unfinished',
  COMPLETE: 'finished',
  PRUNED: 'stopped',
  FAIL: 'failed',
  WAITING: 'unfinished',
};

export function end(run: ForeignRun, state: string): void {
  run.ending = Object.hasOwn(endings, state) ? endings[state] : 'unknown';
  if (run.ending === 'failed') run.reason = 'Optuna says that it failed';
}

/** A category is stored as its place in the list of choices. */
export function parameter(stored: number, distribution: string): Value {
  const known = parseLoose(distribution) as { attributes?: { choices?: unknown[] } } | undefined;
  const choices = known?.attributes?.choices;
  if (!Array.isArray(choices)) return stored;
  const choice = choices[stored];
  return typeof choice === 'object' && choice !== null ? JSON.stringify(choice) : ((choice ?? null) as Value);
}

/** The name of the objective: one that was maximized is no loss. */
export const objective = (direction: unknown, index: number): string => {
  const name = index === 0 ? 'value' : `value ${index + 1}`;
  return direction === 'MAXIMIZE' || direction === 2 ? `${name} (maximized)` : name;
};
