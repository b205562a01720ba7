// The map: the tuned gap in every cell of batch size and training length, in nats and in tokens.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { cellAt } from '../analysis/claims/contrast.ts';
import { spot } from '../analysis/claims/places.ts';
import { gaps } from '../analysis/gap.ts';
import { missingOf } from '../analysis/missing.ts';
import { displayName } from '../analysis/names.ts';
import type { Multiple } from '../analysis/tokens-to-loss.ts';
import { signed } from '../core/decimals.ts';
import { type HeatRow, heatMap } from '../figures/heat-map.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { finishedGap, gapPart, type Pair } from './gap-rows.ts';

/**
 * SGD has left the plateau when its loss is so many nats below that of single-token frequencies:
 * a tenth in perplexity.
 */
export const PLATEAU_MARGIN = 0.1;

const axes = {
  x: { label: 'batch size (sequences per step)', tick: String },
  y: {
    label: 'million tokens trained',
    tick: (tokens: number) => String(Number((tokens / 1e6).toPrecision(3))),
  },
};

const equal = 'no difference';
const plateauOf = ([challenger]: Pair) =>
  `${displayName(challenger)} leaves the frequencies of single tokens`;

/** One row a cell of batch size and budget; `panel` names where a model's cells stand. */
export function mapRows(study: StudyFacts, pair: Pair, panel: (model: string) => string): HeatRow[] {
  const { unigram } = study;
  return study.frontiers
    .filter(({ tokens }) => tokens !== null)
    .flatMap((frontier) =>
      study.batchSizes.map((batchSize): HeatRow => {
        const at = spot(study, batchSize, frontier);
        const found = finishedGap(study, at, pair);
        const gap = gapPart(found);
        const loss = cellAt(study.cells, { ...at, arm: pair[0] })?.best?.valLossMean;
        return {
          ...{ panel: panel(frontier.model), x: batchSize, y: at.tokens },
          ...gap,
          // Short: it stands in the cell.
          note: { known: '', infinite: 'diverged', unknown: 'not finished' }[found.kind],
          lines: {
            [equal]: gap.value,
            [plateauOf(pair)]:
              loss === undefined || unigram === undefined || gap.value === null
                ? null
                : unigram - PLATEAU_MARGIN - loss,
          },
        };
      }),
    );
}

/**
 * Draws gaps in nats per `per`, as every map of them does. Few cells are too coarse for lines between them.
 */
export function mapHeat(per: string, pair: Pair, aria: string, withLines: boolean) {
  const names = pair.map(displayName);
  return heatMap({
    aria,
    ...axes,
    value: `${names[0]} − ${names[1]} (nats/${per})`,
    plus: `${names[0]} is worse`,
    minus: `${names[0]} is better`,
    format: (value) => signed(value, 2),
    full: 1,
    lines: withLines
      ? [
          { name: equal, look: 'line' },
          { name: plateauOf(pair), look: 'dashed' },
        ]
      : [],
  });
}

export const heatColumns = ['panel', 'x', 'y', 'value', 'lo', 'hi', 'open', 'note'] as const;

/** How a cell is to be read. */
export const cellWords =
  'Numbers in grey have an interval with zero in it, numbers in brackets stand on a learning rate that is not bracketed.';

export function mapDrawing(study: StudyFacts, pair: Pair): DrawnFigure {
  const { unigram } = study;
  const models = new Set(study.frontiers.map(({ model }) => model));
  const frequency =
    unigram === undefined
      ? ' The loss of single-token frequencies is not known here: the prepared text is not in the cache.'
      : ` Predicting tokens by their frequencies alone costs ${unigram.toFixed(3)} nats; the dashed line is where ${displayName(pair[0])} gets ${PLATEAU_MARGIN} below that.`;
  return drawn(
    {
      name: 'map',
      title: 'The gap over batch size and training length',
      caption: `Each cell: both tuned there. ${cellWords}${frequency} At one height a run with twice the batch size has half of the steps.`,
    },
    mapHeat(lossPer(study.models), pair, 'Gap over batch size and training length', true),
    mapRows(study, pair, (model) => (models.size > 1 ? model : '')),
    heatColumns,
    study.arms,
  );
}

/** What stands in a cell: ×2.1, or >×4 where no budget that was run is enough. */
const timesText = ({ times, bound }: Multiple): string =>
  `${{ exact: '', 'more than': '>', 'less than': '<' }[bound]}×${Number(times.toPrecision(2))}`;

/**
 * How many times the tokens the challenger needs for the baseline's loss, in every cell.
 * Only budgets that are finished count. Values are logarithms to base 2, so that twice
 * and half as many have the same strength of colour.
 */
export function tokensMapDrawing(study: StudyFacts, [challenger, baseline]: Pair): DrawnFigure {
  const names = [challenger, baseline].map(displayName);
  const same = 'equally many';
  const models = new Set(study.frontiers.map(({ model }) => model));
  const known = gaps(
    study.cells.filter((cell) => missingOf(cell).length === 0),
    { baseline, challenger },
  ).flatMap(({ tokensToLoss, ...gap }): HeatRow[] => {
    if (!tokensToLoss) return [];
    const { lo, hi, times, bound } = tokensToLoss;
    // The longest budget does not say how many times more, nor the shortest how few.
    const isKnown = bound === 'exact' || times !== 1;
    return [
      {
        ...{ panel: models.size > 1 ? gap.model : '', x: gap.batchSize, y: gap.tokens },
        ...{ value: isKnown ? Math.log2(times) : null, note: bound === 'more than' ? 'more' : 'fewer' },
        ...{ lo: lo && Math.log2(lo.times), hi: hi && Math.log2(hi.times), open: !gap.bracketed },
        words: timesText(tokensToLoss),
        ...(lo && hi && { range: `${timesText(lo)} to ${timesText(hi)}` }),
        // Losses are equal where tokens are.
        lines: { [same]: gap.gap },
      },
    ];
  });
  return drawn(
    {
      name: 'tokens-map',
      title: `How many times the tokens ${names[0]} needs`,
      caption: `In each cell: the tokens that ${names[0]} needs for the loss of ${names[1]} there, at the same batch size, as a multiple of those that ${names[1]} had. It is read off the tuned losses of ${names[0]} at the budgets that were run, on straight lines over the logarithm of the budget; beyond the longest budget only a bound is known (>, or “more”), and below the shortest (“fewer”).`,
    },
    heatMap({
      aria: 'Multiple of tokens for equal loss over batch size and training length',
      ...axes,
      value: 'times the tokens for equal loss',
      plus: `${names[0]} needs more`,
      minus: `${names[0]} needs fewer`,
      format: (value) => timesText({ times: 2 ** value, bound: 'exact' }),
      full: 2,
      lines: [{ name: same, look: 'line' }],
    }),
    known,
    [...heatColumns, 'words', 'range'],
    study.arms,
  );
}
