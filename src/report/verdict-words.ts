// A verdict as one sentence.
import { MOST_SEEDS, type Verdict } from '../analysis/verdict.ts';
import { fixed, plural, range } from './format.ts';

/** `where`: what both sides have in common, such as `at batch size 64`; empty where nothing. */
export function verdictSentence(verdict: Verdict, where = ''): string {
  const { a, b, difference, ci95, noise } = verdict;
  const at = where === '' ? '' : ` ${where}`;
  const size = fixed(Math.abs(difference));
  const direction = difference < 0 ? 'worse' : 'better';
  const interval = ci95 ? ` (95% interval ${range(difference < 0 ? [-ci95[1], -ci95[0]] : ci95)})` : '';
  const floor =
    noise === null ? 'the noise is not known' : `one loss varies by ${fixed(noise, 4)} from seed to seed`;
  const basis = `${bases[verdict.method]}; ${floor}`;
  switch (verdict.verdict) {
    case 'better':
    case 'worse':
      return `${a.name} is ${verdict.verdict} than ${b.name}${at} by ${size} nats${interval}: ${basis}.`;
    case 'level':
      return `${a.name} and ${b.name} are level${at}: they differ by ${size} nats${interval}, within the margin; ${basis}.`;
    case 'unknown':
      return `Nothing can be said${at}: ${a.name} is ${direction} than ${b.name} by ${size} nats, but ${floor}; ${seeds(verdict)}.`;
    case 'undecided':
      return verdict.provisional.length > 0
        ? `Undecided${at}: ${a.name} is ${direction} than ${b.name} by ${size} nats${interval}, but ${verdict.provisional.join('; ')}.`
        : `Undecided${at}: ${a.name} is ${direction} than ${b.name} by ${size} nats${interval}, which may be chance; ${basis}; ${seeds(verdict)}.`;
  }
}

const bases: Record<Verdict['method'], string> = {
  'paired-t': 'seeds are paired',
  'welch-t': 'seeds are not paired',
  'known-noise': 'the noise was given',
  none: 'a side has one loss',
};

function seeds({ seedsNeeded, noise, difference, method }: Verdict): string {
  if (noise === null) return 'give each side at least two seeds';
  if (seedsNeeded === null)
    return difference === 0
      ? 'no number of seeds would decide it'
      : `even ${MOST_SEEDS} seeds would not decide it`;
  const { each, more } = seedsNeeded;
  if (more === 0 && method !== 'none') return 'one more seed on each side may decide it';
  return `${plural(more, 'more seed')} on each side (${each} in all) would decide it four times in five`;
}
