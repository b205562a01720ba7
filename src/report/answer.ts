// The answer in a few sentences, made from the numbers: it must be right for partial,
// failed and contrary results too.
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import type { Cell } from '../analysis/frontier.ts';
import { displayName } from '../analysis/names.ts';
import { rankingSentences } from './answer-ranking.ts';
import { cellCaveats, plateauCaveats, runCaveats, seedCaveats } from './caveats.ts';
import { budgetText, list, number, plural, signed } from './format.ts';
import { gapSentences, trendSentences } from './gap-words.ts';
import { questionOf } from './questions.ts';
import type { Group, Summary } from './types.ts';
import { verdictWords } from './verdicts.ts';

type Facts = Pick<Summary, 'runs' | 'baseline' | 'challenger' | 'cells' | 'lossPer' | 'experiment'> & {
  /** Labels of all arms. */
  arms: readonly string[];
  /** Whether any arm has more than one setting to choose from. */
  tuned: boolean;
  /** Verdicts on the claims of the study's experiment; none for other studies. */
  graded: readonly JudgedLedgerClaim[];
};

/** What the study asks. */
export function question({
  experiment,
  arms,
  baseline,
  challenger,
}: Omit<Facts, 'tuned' | 'graded'>): string {
  const own = questionOf(experiment);
  if (own) return own;
  if (arms.length === 1)
    return `Which loss does ${displayName(arms[0])} reach at each batch size, with a learning rate tuned for it?`;
  if (arms.length > 2 || baseline === null || challenger === null)
    return `Which of ${list(arms.map(displayName))} reaches the lowest loss at each batch size, each with a learning rate tuned for it?`;
  return `How far apart are ${displayName(baseline)} and ${displayName(challenger)} when both are tuned, and how does that depend on batch size?`;
}

/**
 * First what the study's own claims come to, if it has any; then the first group, whose cells are `cells`,
 * and what limits it. Where there are several groups, a sentence on all of them stands before it.
 */
export function answer(
  facts: Facts,
  groups: readonly Group[],
  cells: readonly Cell[],
): { answer: string[]; caveats: string[] } {
  const { runs, tuned, graded, baseline, challenger } = facts;
  if (runs.done === 0) return { answer: [nothingDone(facts)], caveats: [] };
  const claimed = claimSentences(graded);
  if (!tuned) {
    const untuned =
      'Nothing is tuned in this study: each optimizer has one learning rate, so differences in loss compare settings and not optimizers.';
    return { answer: [...claimed, untuned], caveats: runCaveats(runs) };
  }
  const group = groups[0];
  const gaps = (group?.gaps ?? []).filter((gap) => gap.challenger === challenger);
  const caveats = [...cellCaveats(cells), ...seedCaveats(gaps), ...plateauCaveats(gaps), ...runCaveats(runs)];
  const sentences = lossSentences(facts, group, cells);
  if (groups.length < 2 || baseline === null) return { answer: [...claimed, ...sentences], caveats };
  const where = `${group.model} with ${budgetText(group)} per run`;
  const [first, ...rest] = sentences;
  return {
    answer: [...claimed, ...overAll(groups, facts), `For ${where}: ${lowerFirst(first)}`, ...rest],
    caveats: caveats.map((sentence) => `For ${where}: ${lowerFirst(sentence)}`),
  };
}

const lowerFirst = (sentence: string) => `${sentence[0].toLowerCase()}${sentence.slice(1)}`;

/** One claim is the answer; of several, first how many hold. */
function claimSentences(graded: readonly JudgedLedgerClaim[]): string[] {
  const said = (claim: JudgedLedgerClaim) => `${verdictWords[claim.verdict]}: ${claim.text}`;
  if (graded.length < 2) return graded.flatMap((claim) => [said(claim), claim.evidence]);
  const counts = (['supported', 'refuted', 'inconclusive'] as const).flatMap((verdict) => {
    const n = graded.filter((claim) => claim.verdict === verdict).length;
    return n > 0 ? [`${n} ${n === 1 ? 'is' : 'are'} ${verdict}`] : [];
  });
  return [
    `Of the ${graded.length} claims that this study tests, ${list(counts)}.`,
    ...graded.map((claim) => `${said(claim)} ${claim.evidence}`),
  ];
}

/** One optimizer, two, or more: what their losses say. */
function lossSentences(facts: Facts, group: Group | undefined, cells: readonly Cell[]): string[] {
  const { arms, graded, baseline, challenger, lossPer: per } = facts;
  // Claims are the longer part of an answer: beside them the largest batch size is enough.
  const sizes = graded.length > 0 ? 'largest' : 'ends';
  if (arms.length === 1)
    return ['This study has one optimizer, so there is no gap to show: only its tuned losses.'];
  if (baseline === null || challenger === null) return rankingSentences(cells, per, sizes);
  const every = [...new Set(cells.map((cell) => cell.batchSize))];
  const trend = group ? trendSentences(group, challenger, baseline, every) : [];
  if (arms.length > 2) return [...rankingSentences(cells, per, sizes), ...trend];
  const gaps = (group?.gaps ?? []).filter((gap) => gap.challenger === challenger);
  const [base, other] = [displayName(baseline), displayName(challenger)];
  if (gaps.length === 0)
    return [`No batch size has a tuned loss of both ${base} and ${other} yet, so there is no gap to show.`];
  return [...gapSentences(gaps, per), ...trend];
}

/** Between which ends the gaps of all groups lie, at the smallest and the largest batch size. */
function overAll(groups: readonly Group[], { baseline, challenger, lossPer, cells }: Facts): string[] {
  const sizes = [...new Set(cells.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  const at = (size: number) =>
    groups.flatMap(({ gaps }) =>
      gaps.filter((gap) => gap.challenger === challenger && gap.batchSize === size).map(({ gap }) => gap),
    );
  const parts = [...new Set([sizes[0], sizes[sizes.length - 1]])].flatMap((size) => {
    const gaps = at(size);
    if (gaps.length === 0) return [];
    const [lo, hi] = [Math.min(...gaps), Math.max(...gaps)].map((gap) => signed(gap));
    const of = gaps.length < groups.length ? ` (${gaps.length} of them)` : '';
    return [`${lo === hi ? lo : `from ${lo} to ${hi}`} at batch size ${size}${of}`];
  });
  if (parts.length === 0) return [];
  const [base, other] = [displayName(baseline!), displayName(challenger!)];
  return [
    `Over ${number(groups.length)} combinations of model and budget, the loss of tuned ${other} minus that of tuned ${base} is ${parts.join(' and ')}, in nats per ${lossPer} (above 0: ${base} is better).`,
  ];
}

function nothingDone({ runs, cells }: Facts): string {
  const parts: string[] = [];
  if (runs.diverged > 0) parts.push(`${number(runs.diverged)} diverged`);
  if (runs.failed > 0) parts.push(`${number(runs.failed)} failed`);
  if (runs.missing > 0)
    parts.push(`${number(runs.missing)} ${runs.missing === 1 ? 'is' : 'are'} still to run`);
  const what = parts.length > 0 ? `: ${list(parts)}` : '';
  if (runs.missing === 0 && parts.length > 0) return `No run gave a loss${what}.`;
  return `No run has finished yet${what}. The study has ${plural(cells.length, 'cell')} to fill; a cell is one optimizer at one batch size.`;
}
