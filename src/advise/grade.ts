// The advisor's record: what it would have said of a study before it was run, beside what the study measured.
import { displayName } from '../analysis/names.ts';
import { geometricMean } from '../analysis/opening.ts';
import { count, fixed, short } from '../report/format.ts';
import { type Fact, type Given, holds, type OwnStudy, WHAT_BATCH, whatLr } from './given.ts';
import { openingFacts } from './opening.ts';
import { rateFacts } from './rates.ts';
import { recommend } from './recommend.ts';
import { batchSizeFacts } from './rules/batch-size.ts';

/** `right` is within a factor of two, `off` within four. `open`: the study does not tell. */
export type Accuracy = 'right' | 'off' | 'missed' | 'open';

export interface Grade {
  study: string;
  /** The budget of its runs. */
  tokens: number;
  batchSize: number | null;
  what: string;
  source: string;
  predicted: number | string;
  measured: number | string;
  /** The one over the other; null where they are no numbers. */
  ratio: number | null;
  mark: Accuracy;
  /** The rule was refused: this is what it would have said. */
  refused: boolean;
}

/** `given`: the model, the budget and the batch sizes of `own`, and no study. */
export function grade(given: Given, own: OwnStudy): Grade[] {
  return [
    ...openingGrades(given, own),
    ...recommendationGrades(given, own),
    ...rateGrades(given, own, () => true),
    ...carried(given, own),
    ...batchGrades(given, own),
  ];
}

function graded(
  { what, source, ...fact }: Fact,
  own: OwnStudy,
  batchSize: number | null,
  measured: number,
): Grade[] {
  const predicted = fact.value ?? fact.would;
  if (predicted === undefined || predicted === null) return [];
  const ratio = predicted / measured;
  const off = Math.max(ratio, 1 / ratio);
  // Measured rates lie on a grid of doublings.
  const mark = off <= 2.01 ? 'right' : off <= 4.01 ? 'off' : 'missed';
  const refused = fact.refused !== undefined;
  return [
    {
      study: own.name,
      tokens: own.tokens,
      batchSize,
      what,
      source,
      predicted,
      measured,
      ratio,
      mark,
      refused,
    },
  ];
}

/** Bounds tell nothing exact. */
function openingGrades(given: Given, own: OwnStudy): Grade[] {
  const exact = own.openings.filter(({ bound }) => bound === 'exact');
  const at = geometricMean(exact.map((one) => one.at));
  return at === null ? [] : openingFacts(given).flatMap((fact) => graded(fact, own, null, at));
}

function recommendationGrades(given: Given, own: OwnStudy): Grade[] {
  const openings = openingFacts(given);
  return own.gaps.flatMap(({ batchSize, baseline, challenger, gap, ci95, bracketed, missing }): Grade[] => {
    const { optimizer } = recommend(given, openings, batchSize);
    if (optimizer === null) return [];
    const isKnown = ci95 !== null && bracketed && missing.length === 0 && (ci95[0] > 0 || ci95[1] < 0);
    const better = gap > 0 ? baseline : challenger;
    return [
      {
        ...{
          study: own.name,
          tokens: own.tokens,
          batchSize,
          what: 'the better optimizer',
          source: 'recommendation',
        },
        predicted: displayName(optimizer),
        measured: isKnown
          ? `${displayName(better)}, by ${fixed(Math.abs(gap))} nats`
          : `open (${fixed(gap)} nats)`,
        ratio: null,
        mark: !isKnown ? 'open' : better === optimizer ? 'right' : 'missed',
        refused: false,
      },
    ];
  });
}

function rateGrades(given: Given, own: OwnStudy, which: (fact: Fact) => boolean): Grade[] {
  return own.cells
    .filter(({ bracketed, best }) => bracketed && best !== null)
    .flatMap(({ optimizer, batchSize, best }) =>
      rateFacts(given, batchSize)
        .filter((fact) => fact.what === whatLr(optimizer) && which(fact))
        .flatMap((fact) => graded(fact, own, batchSize, best!.lr)),
    );
}

/** Rules that carry a rate from one batch size to others, from the smallest one of the study itself. */
function carried(given: Given, own: OwnStudy): Grade[] {
  const least = Math.min(...own.cells.map(({ batchSize }) => batchSize));
  const known = { ...own, cells: own.cells.filter(({ batchSize }) => batchSize === least), gaps: [] };
  return rateGrades(
    { ...given, study: known },
    own,
    ({ origin, source }) => origin === 'published rule' && source.includes(` in ${own.name}`),
  ).map((one) => ({
    ...one,
    source: one.source.replace(/ from \S+ at .* in .*? \(/, ` from batch size ${least} (`),
  }));
}

function batchGrades(given: Given, own: OwnStudy): Grade[] {
  if (!own.bestAdam?.inside) return [];
  const { batchSize } = own.bestAdam;
  return batchSizeFacts(given)
    .filter((fact) => fact.what === WHAT_BATCH && holds(fact))
    .flatMap((fact) => graded(fact, own, null, batchSize));
}

/** One row for each rule and study, as a table in Markdown. */
export function recordTable(grades: readonly Grade[]): string {
  const rows = [
    ...Map.groupBy(grades, ({ study, tokens, what, source, refused }) =>
      JSON.stringify([study, tokens, what, source, refused]),
    ).values(),
  ];
  return [
    '| study | prediction | predicted | measured | |',
    '|---|---|---|---|---|',
    ...rows.map((same) => {
      const [{ study, tokens, what, source, refused, ratio }] = same;
      const sizes = same.flatMap(({ batchSize }) => batchSize ?? []);
      const at = sizes.length > 0 ? ` (batch ${sizes.join(', ')})` : '';
      const list = (of: 'predicted' | 'measured') =>
        [...new Set(same.map((one) => (typeof one[of] === 'number' ? short(one[of]) : one[of])))].join('; ');
      const worst = Math.max(
        ...same.map((one) => (one.ratio === null ? 1 : Math.max(one.ratio, 1 / one.ratio))),
      );
      const factor = ratio === null ? '' : `, within a factor of ${short(worst)}`;
      return `| ${study}, ${count(tokens)} tokens | ${what}${at}: ${source}${refused ? ' (**refused**: it would have said)' : ''} | ${list('predicted')} | ${list('measured')} | ${tally(same)}${factor} |`;
    }),
  ].join('\n');
}

const marks: readonly Accuracy[] = ['right', 'off', 'missed', 'open'];

/** `3 right, 1 missed`. */
export function tally(grades: readonly Grade[]): string {
  const counts = marks.map((mark) => [mark, grades.filter((one) => one.mark === mark).length] as const);
  return counts
    .flatMap(([mark, n]) => (n > 0 ? `${n} ${mark === 'missed' ? '**missed**' : mark}` : []))
    .join(', ');
}
