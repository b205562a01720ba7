// The value of a field of the mapping in one run: from its configuration, its summary,
// its name, or the mapping itself.
import type { Place } from './mapping.ts';
import { type ForeignRun, numberOf, own, type Value } from './run.ts';

/** Undefined where the run has no such name. `name` and `where` stand for the run's name and its file. */
export function lookUp(run: ForeignRun, place: Place): Value | undefined {
  if (typeof place === 'object' && 'value' in place) return place.value;
  const { from, match, times } = typeof place === 'string' ? { from: place } : place;
  const there =
    own(run.config, from) ??
    own(run.summary, from) ??
    (from === 'name' ? run.name : from === 'where' ? run.where : undefined);
  if (there === undefined || there === null) return undefined;
  const found = match === undefined ? there : matched(String(there), match);
  const number = times === undefined ? undefined : numberOf(found);
  return number === undefined ? found : number * times!;
}

function matched(text: string, pattern: string): string | undefined {
  const found = new RegExp(pattern).exec(text);
  return found ? (found[1] ?? found[0]) : undefined;
}

/** A number of the run; undefined where there is none. */
export function numberAt(run: ForeignRun, place: Place | undefined): number | undefined {
  return place === undefined ? undefined : numberOf(lookUp(run, place));
}

/** The name that a field of metrics stands under. */
export const nameOf = (place: Place | undefined): string | undefined =>
  typeof place === 'string' ? place : place && 'from' in place ? place.from : undefined;
