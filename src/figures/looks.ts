// How each thing looks in figures: a colour and a mark, given out once for all arms of a study,
// so that an arm looks the same everywhere.
import { markCount, markSymbol } from './marks.ts';
import { light } from './palette.ts';
import type { Theme } from './theme.ts';

export interface Look {
  color: string;
  /** Number of the mark (marks.ts). */
  mark: number;
}

/** Slots of arms that look the same in every study. */
const reserved: readonly [arm: string, slot: number][] = [
  ['adam', 0],
  ['sgd', 1],
];

/**
 * When the colours are used up, they come again with other marks: about a hundred arms before two look alike.
 */
export function lookOf(slot: number, theme: Theme): Look {
  const round = Math.floor(slot / light.arms.length);
  return { color: theme.color(slot), mark: (slot + round) % markCount };
}

/**
 * Adam and SGD always look the same; other arms take the next slots in the order of `arms`.
 * Arms that are not there follow.
 */
export function armLooks(arms: Iterable<string>, theme: Theme): (arm: string) => Look {
  const slots = new Map(reserved);
  const slotOf = (arm: string): number => {
    if (!slots.has(arm)) slots.set(arm, slots.size);
    return slots.get(arm)!;
  };
  for (const arm of arms) slotOf(arm);
  return (arm) => lookOf(slotOf(arm), theme);
}

/** One of `of` things that have an order, such as batch sizes. */
export const levelLook = (index: number, of: number, theme: Theme): Look => ({
  color: theme.level(of > 1 ? index / (of - 1) : 1),
  mark: index % markCount,
});

/**
 * Things without an order that are not arms, such as kinds of layers: colours from the other
 * end of the palette.
 */
export function otherLook(index: number, theme: Theme): Look {
  const last = light.arms.length - 1;
  return { color: theme.color(last - (index % light.arms.length)), mark: (index + 1) % markCount };
}

/** Channels of Plot that draw points in a look: the mark, filled unless `isOpen`. */
export const pointStyle = <Row>(
  look: (row: Row) => Look,
  paper: string,
  isOpen: (row: Row) => boolean = () => false,
) => ({
  symbol: (row: Row) => markSymbol(look(row).mark),
  stroke: (row: Row) => look(row).color,
  strokeWidth: 1.8,
  fill: (row: Row) => (isOpen(row) ? paper : look(row).color),
});

/**
 * A few points of each line, where its mark is drawn: the mark is seen, and the line too. Lines that lie
 * on each other have them at different places. `line` names the line of a row; rows of a line stand in order.
 */
export function sparse<Row>(rows: readonly Row[], line: (row: Row) => string, count = 4): Row[] {
  const lines = Map.groupBy(rows, line);
  return [...lines.values()].flatMap((own, i) => {
    if (own.length <= count + 1) return own;
    const shift = (i * 0.382) % 1;
    return Array.from(
      { length: count },
      (_, k) => own[Math.min(own.length - 1, Math.floor(((k + shift) / count) * own.length))],
    );
  });
}
