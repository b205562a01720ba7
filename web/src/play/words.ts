// Numbers of the argument in words.
import { type Evidence, type EvidenceGap, gapAt } from './evidence.ts';
import { signed } from './scale.ts';

export const tokensText = (tokens: number): string =>
  tokens >= 1e6 ? `${Number((tokens / 1e6).toPrecision(3))} million` : tokens.toLocaleString('en');

/** Between a tie and a gap, in nats. */
export const LEVEL = 0.05;

/** Who is ahead, and by how much; an interval with zero in it decides nothing. */
export function gapText({ gap, lo, hi }: EvidenceGap): string {
  const by = `${Math.abs(gap).toFixed(2)} nats`;
  const interval = `95% interval ${signed(lo)} to ${signed(hi)}`;
  if (lo <= 0 && hi >= 0)
    return `the seeds do not decide who is ahead (SGD minus Adam ${signed(gap)}, ${interval})`;
  if (hi < LEVEL && lo > -LEVEL) return `the two are level (SGD minus Adam ${signed(gap)}, ${interval})`;
  return gap > 0 ? `SGD is ${by} behind (${interval})` : `SGD is ${by} ahead (${interval})`;
}

/** Where the runs at hand say something else than the paper, each with what both say. */
export function disagreements(all: Evidence): { paper: string; here: string }[] {
  const { lengths, batchSizes } = all;
  const [small, large] = [Math.min(...batchSizes), Math.max(...batchSizes)];
  const [first, last] = [lengths[0], lengths[lengths.length - 1]];
  const found: { paper: string; here: string }[] = [];
  const ahead = lengths.map((tokens) => gapAt(all, tokens, small)!);
  const behind = ahead.filter(({ lo }) => lo > 0);
  if (behind.length > 0)
    found.push({
      paper: 'At small batch sizes SGD keeps up with Adam, also in long training.',
      here: ahead
        .map((gap) => `at batch size ${small} after ${tokensText(gap.tokens)} tokens ${gapText(gap)}`)
        .join('; '),
    });
  const [a, b] = [gapAt(all, first, large)!, gapAt(all, last, large)!];
  if (b.gap > a.gap)
    found.push({
      paper: 'At a fixed batch size the gap shrinks when both train for more steps.',
      here: `at batch size ${large} it is ${signed(a.gap)} after ${tokensText(first)} tokens and ${signed(b.gap)} after ${tokensText(last)}: in runs this short it still opens`,
    });
  return found;
}
