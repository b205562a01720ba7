// The map: the tuned gap in every cell of batch size and training length.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { cellAt } from '../analysis/claims/contrast.ts';
import { spot } from '../analysis/claims/places.ts';
import { displayName } from '../analysis/names.ts';
import { signed } from '../core/decimals.ts';
import { type HeatRow, heatMap } from '../figures/heat-map.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { finishedGap, gapPart, type Pair } from './gap-rows.ts';

/**
 * SGD has left the plateau when its loss is so many nats below that of single-token frequencies: a tenth in perplexity.
 */
export const PLATEAU_MARGIN = 0.1;

const heatColumns = ['panel', 'x', 'y', 'value', 'lo', 'hi', 'open', 'note'] as const;

export function mapDrawing(study: StudyFacts, pair: Pair): DrawnFigure {
  const { unigram } = study;
  const [challenger] = pair;
  const names = pair.map(displayName);
  const equal = 'no difference';
  const plateau = `${names[0]} leaves the frequencies of single tokens`;
  const models = new Set(study.frontiers.map(({ model }) => model));
  const rows = study.frontiers
    .filter(({ tokens }) => tokens !== null)
    .flatMap((frontier) =>
      study.batchSizes.map((batchSize): HeatRow => {
        const at = spot(study, batchSize, frontier);
        const found = finishedGap(study, at, pair);
        const gap = gapPart(found);
        const loss = cellAt(study.cells, { ...at, arm: challenger })?.best?.valLossMean;
        return {
          ...{ panel: models.size > 1 ? frontier.model : '', x: batchSize, y: at.tokens },
          ...gap,
          // Short: it stands in the cell.
          note: { known: '', infinite: 'diverged', unknown: 'not finished' }[found.kind],
          lines: {
            [equal]: gap.value,
            [plateau]:
              loss === undefined || unigram === undefined || gap.value === null
                ? null
                : unigram - PLATEAU_MARGIN - loss,
          },
        };
      }),
    );
  const frequency =
    unigram === undefined
      ? ' The loss of single-token frequencies is not known here: the prepared text is not in the cache.'
      : ` Predicting tokens by their frequencies alone costs ${unigram.toFixed(3)} nats; the dashed line is where ${names[0]} gets ${PLATEAU_MARGIN} below that.`;
  return drawn(
    {
      name: 'map',
      title: 'The gap over batch size and training length',
      caption: `Each cell: both tuned there. Numbers in grey have an interval with zero in it, numbers in brackets stand on a learning rate that is not bracketed.${frequency} At one height a run with twice the batch size has half of the steps.`,
    },
    heatMap({
      aria: 'Gap over batch size and training length',
      x: { label: 'batch size (sequences per step)', tick: String },
      y: { label: 'million tokens trained', tick: (tokens) => String(Number((tokens / 1e6).toPrecision(3))) },
      value: `${names[0]} − ${names[1]} (nats/${lossPer(study.models)})`,
      plus: `${names[0]} is worse`,
      minus: `${names[0]} is better`,
      format: (value) => signed(value, 2),
      full: 1,
      lines: [
        { name: equal, look: 'line' },
        { name: plateau, look: 'dashed' },
      ],
    }),
    rows,
    heatColumns,
    study.arms,
  );
}
