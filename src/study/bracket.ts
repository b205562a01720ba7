// One bracket on the log-lr axis: try a guess and its neighbours, then walk towards the best until it is interior.

/** What is known of grid point k: a loss, `Infinity` when it diverged, 'failed', or undefined when not run yet. */
export type PointValue = number | 'failed' | undefined;

export interface Bracket {
  /** Grid points asked for so far, ascending and without holes. */
  tried: number[];
  /** Those of them without a result; nothing is decided before all are in. */
  wanted: number[];
  /** Best point so far; undefined when none has a finite loss. */
  best?: number;
  /** Still searching, best with judged neighbours on both sides, or given up (see reason). */
  state: 'open' | 'bracketed' | 'edge';
  reason?: string;
  /** Where a neighbouring search should begin: the best, the lowest when all diverged, the start when nothing is known. */
  hint: number;
}

/**
 * The bracket as far as the results reach. Pure, and every decision waits for all points asked for before it: the
 * points tried do not depend on the order in which runs finish. A diverged neighbour closes a side (the optimum
 * is below it); a failed one does not, since nothing is known there.
 */
export function bracket(start: number, maxPoints: number, value: (k: number) => PointValue): Bracket {
  let [low, high] = [start - 1, start + 1];
  for (;;) {
    const tried = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const values = tried.map(value);
    const wanted = tried.filter((_, i) => values[i] === undefined);
    // Of equal losses the lower learning rate.
    let best: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    values.forEach((v, i) => {
      if (typeof v === 'number' && v < least) [least, best] = [v, tried[i]];
    });
    const hint = best ?? (values.includes(Number.POSITIVE_INFINITY) ? low : start);
    const found = { tried, wanted, best, hint };
    if (wanted.length > 0) return { ...found, state: 'open' };
    const edge = (reason: string): Bracket => ({ ...found, state: 'edge', reason });

    // With nothing but divergence the optimum lies lower.
    const walk = best === undefined || best === low ? -1 : best === high ? 1 : 0;
    const sides = best === undefined ? [low] : [best - 1, best + 1];
    if (sides.some((k) => k >= low && k <= high && value(k) === 'failed'))
      return edge('a run beside the best one failed; it is retried when the study is run again');
    if (walk === 0) return { ...found, state: 'bracketed' };
    if (tried.length >= maxPoints)
      return edge(
        best === undefined
          ? `all ${tried.length} learning rates diverged`
          : `best learning rate still at the edge after ${tried.length} (maxPoints)`,
      );
    if (walk < 0) low--;
    else high++;
  }
}
