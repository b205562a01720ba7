// Numbers of the argument in words.
import { count, list } from '../../../src/report/format.ts';
import { type Evidence, type EvidenceGap, gapAt } from './evidence.ts';
import { signed } from './scale.ts';

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

/** Whether the gap grows in a group of runs with about as many steps, as far as the seeds tell. */
export function risenText([first, ...others]: readonly EvidenceGap[]): string {
  const risen = others.filter(({ lo }) => lo > first.hi).map(({ batchSize }) => String(batchSize));
  return risen.length > 0
    ? `At batch ${risen.length > 1 ? 'sizes' : 'size'} ${list(risen)} the gap is larger than at ${first.batchSize}, beyond what the seeds leave open.`
    : 'Whether the gap grows here, the seeds leave open.';
}

/** Where the runs at hand say something else than the paper, each with what both say. */
export function disagreements(all: Evidence): { paper: string; here: string }[] {
  const { lengths, batchSizes } = all;
  const [small, large] = [Math.min(...batchSizes), Math.max(...batchSizes)];
  const found: { paper: string; here: string }[] = [];
  const atSmall = lengths.map((tokens) => gapAt(all, tokens, small)!);
  const after = (gaps: EvidenceGap[]) =>
    list(gaps.map(({ gap, tokens }) => `${count(tokens)} tokens (${signed(gap)})`));
  const groups = [
    { verdict: 'behind', of: atSmall.filter(({ lo }) => lo > 0) },
    { verdict: 'ahead', of: atSmall.filter(({ hi }) => hi < 0) },
    { verdict: 'undecided', of: atSmall.filter(({ lo, hi }) => lo <= 0 && hi >= 0) },
  ].filter(({ of }) => of.length > 0);
  if (groups[0].verdict === 'behind')
    found.push({
      paper: 'at small batch sizes SGD keeps up with Adam, also in long training',
      here: `at batch size ${small} SGD is ${groups.map(({ verdict, of }) => `${verdict} after ${after(of)}`).join('; ')}`,
    });
  const along = lengths.map((tokens) => gapAt(all, tokens, large)!);
  const widest = along.reduce((a, b) => (b.gap > a.gap ? b : a));
  const says = ({ gap, tokens }: EvidenceGap) => `${signed(gap)} after ${count(tokens)} tokens`;
  if (widest !== along[0])
    found.push({
      paper: 'at a fixed batch size the gap shrinks when both train for more steps',
      here:
        widest === along[along.length - 1]
          ? `at batch size ${large} it is ${says(along[0])} and ${says(widest)}: in runs this short it still opens`
          : `at batch size ${large} it first opens, from ${says(along[0])} to ${says(widest)}, and shrinks only then, to ${says(along[along.length - 1])}`,
    });
  return found;
}
