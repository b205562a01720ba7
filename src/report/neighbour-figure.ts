// The map beside its neighbours: the same cells with another vocabulary, width or depth. They say
// which way the map moves.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import type { ModelConfig } from '../model/config.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import type { Pair } from './gap-rows.ts';
import { cellWords, heatColumns, mapHeat, mapRows } from './map-figures.ts';

/** A study of the map, with the first of its models. */
export interface MapOf {
  study: StudyFacts;
  model: ModelConfig;
}

/**
 * One panel a model, from the smallest vocabulary to the largest, with those cells of the map
 * that a neighbour has. Empty without a neighbour.
 */
export function neighboursFigure(map: MapOf, neighbours: readonly MapOf[], pair: Pair): DrawnFigure {
  const all = [map, ...neighbours].sort(
    ({ model: a }, { model: b }) => a.vocabSize - b.vocabSize || a.dim - b.dim || a.layers - b.layers,
  );
  const rowsOf = (one: MapOf) =>
    mapRows(one.study, pair, () => `${labelOf(one.model, map.model)}${one === map ? ' (the map)' : ''}`);
  const place = ({ x, y }: { x: number; y: number }) => `${x} ${y}`;
  const shared = new Set(neighbours.flatMap(rowsOf).map(place));
  return drawn(
    {
      name: 'neighbours',
      title: 'The same cells with other models',
      caption: `Only the entries of the tokenizer, or the width and depth of the model, are other. ${cellWords}`,
    },
    mapHeat(map.study, pair, 'Gap over batch size and training length, by model', false),
    all.flatMap(rowsOf).filter((row) => shared.has(place(row))),
    heatColumns,
    map.study.arms,
  );
}

const labelOf = ({ vocabSize, dim, layers }: ModelConfig, usual: ModelConfig): string =>
  `${vocabSize} entries, width ${dim}${layers === usual.layers ? '' : `, ${layers} layers`}`;
