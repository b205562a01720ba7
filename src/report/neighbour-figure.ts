// The map beside its neighbours: the same cells with another vocabulary, width or depth. They say
// which way the map moves.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { signed } from '../core/decimals.ts';
import type { HeatRow } from '../figures/heat-map.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type FrozenStudy, isOwnModel } from '../store/schemas.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { count } from './format.ts';
import type { Pair } from './gap-rows.ts';
import { cellWords, heatColumns, mapHeat, mapRows } from './map-figures.ts';

const pair: Pair = ['sgd', 'adam'];

/** What the map of one model says, apart from its runs. */
export interface MapOf {
  model: { vocabSize: number; dim: number; layers: number };
  /** The gap at a batch size `x` after `y` tokens, in nats. */
  cells: Omit<HeatRow, 'panel' | 'lines'>[];
}

/** Undefined for several models, one whose shape is not known here, or losses that are not per token. */
export function mapOf(study: StudyFacts, models: FrozenStudy['models']): MapOf | undefined {
  const [model, ...others] = Object.values(models);
  if (others.length > 0 || !isOwnModel(model) || lossPer(models) !== 'token') return undefined;
  const { vocabSize, dim, layers } = model;
  return {
    model: { vocabSize, dim, layers },
    cells: mapRows(study, pair, () => '').map(({ panel: _, lines: __, ...cell }) => cell),
  };
}

const fromSmallToLarge = ({ model: a }: MapOf, { model: b }: MapOf) =>
  a.vocabSize - b.vocabSize || a.dim - b.dim || a.layers - b.layers;

const labelOf = ({ vocabSize, dim, layers }: MapOf['model'], usual: MapOf['model']): string =>
  `${vocabSize} entries, width ${dim}${layers === usual.layers ? '' : `, ${layers} layers`}`;

const placeOf = ({ x, y }: { x: number; y: number }) => `${x} ${y}`;

/**
 * One panel a model, from the smallest vocabulary to the largest, with those cells of the map
 * that a neighbour has. Empty without a neighbour.
 */
export function neighboursFigure(map: MapOf, neighbours: readonly MapOf[]): DrawnFigure {
  const shared = new Set(neighbours.flatMap(({ cells }) => cells.map(placeOf)));
  const rows = [map, ...neighbours].sort(fromSmallToLarge).flatMap((one) =>
    one.cells
      .filter((cell) => shared.has(placeOf(cell)))
      .map((cell) => ({
        ...cell,
        panel: `${labelOf(one.model, map.model)}${one === map ? ' (the map)' : ''}`,
        lines: {},
      })),
  );
  return drawn(
    {
      name: 'neighbours',
      title: 'The same cells with other models',
      caption: `Only the entries of the tokenizer, or the width and depth of the model, are other. Adam has the betas of the map; the study adam-betas has more. ${cellWords}`,
    },
    mapHeat('token', pair, 'Gap over batch size and training length, by model', false),
    rows,
    heatColumns,
    pair,
  );
}

/** What the map and its neighbours say after their longest training, one line of a list each. */
export function neighboursText(map: MapOf, neighbours: readonly MapOf[]): string {
  return [map, ...neighbours]
    .sort(fromSmallToLarge)
    .flatMap(({ model, cells }) => {
      const known = cells.filter(({ value }) => value !== null);
      const longest = Math.max(...known.map(({ y }) => y));
      const last = known.filter(({ y }) => y === longest).sort((a, b) => a.x - b.x);
      if (last.length < 2) return [];
      const [low, high] = [last[0], last.at(-1)!].map(
        ({ x, value, lo, hi }) =>
          `${signed(value!, 2)} at batch size ${x}${lo === null || hi === null ? '' : ` (${signed(lo, 2)} to ${signed(hi, 2)})`}`,
      );
      return [`* ${labelOf(model, map.model)}: after ${count(longest)} tokens ${low} and ${high}.`];
    })
    .join('\n');
}
