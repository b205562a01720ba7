// The ledger's tables: one for each kind of work that says something, one line a claim,
// with its verdict at every size that was run.

import { agreement } from '../analysis/claims/agreement.ts';
import type { Whose } from '../analysis/claims/attribution.ts';
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { falseDiscovery, pValue } from '../analysis/claims/many.ts';
import { claims as allClaims } from '../analysis/claims/registry.ts';
import { decimals } from '../core/decimals.ts';
import { plural } from './format.ts';
import type { LedgerSection } from './ledger-section.ts';
import { bySize, isLength, OWN_SIZE } from './ledger-sizes.ts';
import { md } from './markdown.ts';

/** A claim judged on one study. */
export interface LedgerEntry {
  section: LedgerSection;
  claim: JudgedLedgerClaim;
  /** Where its figure is; undefined where there is none. */
  link?: string;
  anchor: string;
}

export const kinds: Record<Whose, string> = {
  paper: 'Statements of the paper',
  sibling: 'Statements of other papers on the same question',
  own: 'Questions of our own',
};

const sizeOf = ({ section }: LedgerEntry) => section.size ?? OWN_SIZE;
/** The order of entries by the length of training. */
export const fromShortToLong = (a: LedgerEntry, b: LedgerEntry): number => bySize(sizeOf(a), sizeOf(b));

/** Without the neighbours of a study that is here at some length: a table by length has no place for them. */
export function byLength(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const isOfLength = ({ section }: LedgerEntry) => isLength(section.size);
  const known = new Set(entries.filter(isOfLength).map(({ claim }) => claim.id));
  return entries.filter((entry) => isOfLength(entry) || !known.has(entry.claim.id));
}

/** Shares of false discoveries, over all entries that have a p value. */
function discoveries(entries: readonly LedgerEntry[]): Map<LedgerEntry, number | null> {
  const q = falseDiscovery(entries.map(({ claim }) => pValue(claim)));
  return new Map(entries.map((entry, i) => [entry, q[i]]));
}

/** How many verdicts chance makes, in two sentences. */
export function chanceText(entries: readonly LedgerEntry[]): string {
  const tests = entries.filter(({ claim }) => claim.ci95 !== null).length;
  return `The ledger has ${plural(tests, 'test')} at 95%. If every effect lay exactly at its margin, about ${decimals(0.05 * tests, 1)} of them would be decided by chance.`;
}

const number = (x: number): string => (x < 0.001 ? '<0.001' : x.toFixed(3));

/**
 * One table for each kind of work; a claim that was judged at several sizes has a verdict in each,
 * and the numbers of the longest.
 */
export function ledgerTables(all: readonly LedgerEntry[]): string {
  const q = discoveries(all);
  const entries = byLength(all);
  const sizes = [...new Set(entries.map(sizeOf))].sort(bySize);
  const rowsOf = (whose: Whose) =>
    allClaims
      .filter((claim) => claim.whose === whose)
      .flatMap(({ id, text, says }) => {
        const own = entries.filter(({ claim }) => claim.id === id);
        if (own.length === 0) return [];
        const last = own.toSorted(fromShortToLong).at(-1)!;
        const { claim, anchor, link, section } = last;
        const at = sizes.map(
          (size) =>
            own
              .filter((entry) => sizeOf(entry) === size)
              .map(verdictOf)
              .join(', ') || '–',
        );
        const effect = claim.effect === null ? '–' : `${decimals(claim.effect)} ${claim.unit}`.trim();
        const range = claim.ci95 ? `${decimals(claim.ci95[0])} to ${decimals(claim.ci95[1])}` : '–';
        const share = q.get(last);
        const agrees = agreement(claim.verdict, says);
        const experiment = `[${md(section.name)}](#${anchor})`;
        return [
          `| ${md(text)} | ${at.join(' | ')} | ${agrees} | ${effect} | ${range} | ${share == null ? '–' : number(share)} | ${experiment} | ${link ? `[figure](${link})` : '–'} |`,
        ];
      });
  return (Object.keys(kinds) as Whose[])
    .flatMap((whose) => {
      const rows = rowsOf(whose);
      if (rows.length === 0) return [];
      return [
        `### ${kinds[whose]}

| claim | ${sizes.map(md).join(' | ')} | with its source | effect | 95% interval | false discovery | study | |
|---|${'---|'.repeat(sizes.length)}---|---|---|---|---|---|
${rows.join('\n')}`,
      ];
    })
    .join('\n\n');
}

const verdictOf = ({ claim }: LedgerEntry): string => `**${claim.verdict}**`;

/** Claims whose verdict is another one at a longer size, as lines of a list; empty where there are none. */
export function turned(all: readonly LedgerEntry[]): string {
  const entries = byLength(all);
  return allClaims
    .flatMap(({ id, text }) => {
      const own = entries.filter(({ claim }) => claim.id === id).sort(fromShortToLong);
      if (new Set(own.map(({ claim }) => claim.verdict)).size < 2) return [];
      return [`* ${md(text)} ${own.map((entry) => `${sizeOf(entry)}: ${verdictOf(entry)}`).join('; ')}.`];
    })
    .join('\n');
}
