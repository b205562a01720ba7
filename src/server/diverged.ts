// Which runs have diverged since the last look.
import type { StudyState } from '../study/state.ts';
import type { Diverged } from './wire.ts';

/** Runs of `now` that have diverged and are not in `known`. */
export function newlyDiverged(known: ReadonlySet<string>, now: StudyState): Diverged[] {
  const found = new Map<string, Diverged>();
  for (const { run } of now.runs) {
    const result = now.results.get(run.id);
    if (result?.status !== 'diverged' || known.has(run.id)) continue;
    const { optimizer, batchSize, model, tokens, lr, seed } = run.point;
    const cell = { optimizer, batchSize, model, tokens };
    const reason = result.reason ?? 'diverged';
    found.set(run.id, { ...cell, run: run.id, lr, seed, step: result.step, reason });
  }
  return [...found.values()];
}
