// The rule for everything that is missing: a verdict needs all that was planned.
// A run that failed, diverged or has not been made can take a verdict away and never give one,
// because nobody knows what it would have shown. Every claim comes by here (claims/decide.ts).
import type { Cell } from './frontier.ts';

/** `seed 3`, `seeds 2 and 3`. */
const seedText = (seeds: readonly number[]) =>
  seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.slice(0, -1).join(', ')} and ${seeds.at(-1)}`;

const runs = (n: number) => `${n} tuning ${n === 1 ? 'run' : 'runs'}`;

/** What was planned for a cell and is not known, in words; empty when its tuned loss stands on all of it. */
export function missingOf({ best, failed, missing, diverged, erratic }: Cell): string[] {
  const tuning = [
    ...(missing > 0 ? [`${runs(missing)} not made`] : []),
    ...(failed > 0 ? [`${runs(failed)} failed`] : []),
  ];
  if (!best)
    return [
      ...tuning,
      ...(diverged > 0 ? [tuning.length > 0 ? 'every other run diverged' : 'every run diverged'] : []),
      'no loss',
    ];
  const seeds = (list: readonly number[], what: string) =>
    list.length > 0 ? [`${seedText(list)} ${what}`] : [];
  return [
    ...tuning,
    ...(erratic.length > 0 ? [`learning rate ${erratic.join(', ')} diverged below rates that did not`] : []),
    ...seeds(best.seedsDiverged, 'diverged'),
    ...seeds(best.seedsFailed, 'failed'),
    ...seeds(best.seedsMissing, 'not run'),
  ];
}

/** A judgement without a verdict where something is missing, with the names of it. */
export function withhold<J extends { verdict: string; evidence: string }>(
  judged: J,
  missing: readonly string[],
): J {
  if (missing.length === 0) return judged;
  // Long lists are counted: a study that has just begun lacks everything.
  const shown = [...new Set(missing)];
  const most = 6;
  const rest = shown.length > most ? `; and ${shown.length - most} more` : '';
  const what = `${shown.slice(0, most).join('; ')}${rest}`;
  return {
    ...judged,
    verdict: 'inconclusive',
    evidence: `${judged.evidence} Missing, so that no verdict can stand: ${what}.`,
  };
}
