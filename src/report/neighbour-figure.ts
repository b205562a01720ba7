// The map's neighbours: the gap at the same batch sizes and budgets with another vocabulary,
// width or depth. They say which way the map moves.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { spot } from '../analysis/claims/places.ts';
import { type DotRow, dotsFigure } from '../figures/dots.ts';
import type { ModelConfig } from '../model/config.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { dotColumns } from './figure-rows.ts';
import { count } from './format.ts';
import { finishedGap, gapLabel, gapPart, type Pair } from './gap-rows.ts';

/** A study of the map, with the first of its models. */
export interface MapOf {
  study: StudyFacts;
  model: ModelConfig;
}

type Place = readonly [batchSize: number, tokens: number];

/**
 * One panel for each batch size and budget of a neighbour, one line a model, from the
 * smallest vocabulary to the largest. Empty without a neighbour.
 */
export function neighboursFigure(map: MapOf, neighbours: readonly MapOf[], pair: Pair): DrawnFigure {
  const all = [map, ...neighbours].sort(
    ({ model: a }, { model: b }) => a.vocabSize - b.vocabSize || a.dim - b.dim || a.layers - b.layers,
  );
  const isIn = ({ study }: MapOf, [batchSize, tokens]: Place) =>
    study.batchSizes.includes(batchSize) && study.frontiers.some((frontier) => frontier.tokens === tokens);
  const rows = placesOf(neighbours).flatMap((place) =>
    all
      .filter((one) => isIn(one, place))
      .map((one): DotRow => {
        const [batchSize, tokens] = place;
        const { study, model } = one;
        const frontier = study.frontiers.find((found) => found.tokens === tokens)!;
        return {
          panel: `batch size ${batchSize}, ${count(tokens)} tokens`,
          label: `${labelOf(model, map.model)}${one === map ? ' (the map)' : ''}`,
          arm: null,
          ...gapPart(finishedGap(study, spot(study, batchSize, frontier), pair)),
        };
      }),
  );
  return drawn(
    {
      name: 'neighbours',
      title: 'The same cells with other models',
      caption:
        'The gap where only the entries of the tokenizer, or the width and depth of the model, are other. Bars are 95% intervals over seeds.',
    },
    dotsFigure({
      aria: 'Gap by model, for batch sizes and budgets',
      x: gapLabel(map.study, pair),
      bar: '95% interval',
      rule: 0,
    }),
    rows,
    dotColumns,
    [],
  );
}

/** Batch sizes and budgets of the studies, each once, in ascending order. */
function placesOf(maps: readonly MapOf[]): Place[] {
  const places = maps.flatMap(({ study }) =>
    study.batchSizes.flatMap((batchSize) =>
      study.frontiers.flatMap(({ tokens }): Place[] => (tokens === null ? [] : [[batchSize, tokens]])),
    ),
  );
  return [...new Map(places.map((place) => [String(place), place])).values()].sort(
    ([a, s], [b, t]) => a - b || s - t,
  );
}

const labelOf = ({ vocabSize, dim, layers }: ModelConfig, usual: ModelConfig): string =>
  `${vocabSize} entries, width ${dim}${layers === usual.layers ? '' : `, ${layers} layers`}`;
