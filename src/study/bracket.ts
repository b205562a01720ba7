// One search on the axis of log learning rates: try a guess and its neighbours, walk towards the best until
// it is interior, look beyond the neighbours for a second minimum, then halve the distance around the best.

/**
 * What is known of grid point k, the rate guess * ratio^k: a loss, `Infinity` when it diverged,
 * 'failed', or undefined when not run yet.
 */
export type PointValue = number | 'failed' | undefined;

export interface Bracket {
  /** Grid points asked for so far, ascending. Whole ones have no holes; halves stand between them. */
  tried: number[];
  /** Those of them without a result; nothing is decided before all are in. */
  wanted: number[];
  /** Best point so far; undefined when none has a finite loss. */
  best?: number;
  /** Still searching, best with judged neighbours on both sides, or given up (see reason). */
  state: 'open' | 'bracketed' | 'edge';
  /** Why it was given up, or what a bracket leaves open. */
  reason?: string;
  /**
   * Where a neighbouring search should begin: the best, the lowest when all diverged,
   * the start when nothing is known.
   */
  hint: number;
}

/**
 * The search over whole grid points as far as the results reach. Pure, and every decision
 * waits for all points asked for before it: the points tried do not depend on the order in which runs finish.
 * A diverged neighbour closes a side (the optimum is below it); a failed one does not, since nothing is known
 * there. `probe` points beyond the two neighbours are looked at as well, and more as long as the loss falls
 * outwards there: a loss that falls again leads to another minimum. A lower loss there moves the bracket.
 */
export function bracket(
  start: number,
  { maxPoints, probe = 0 }: { maxPoints: number; probe?: number },
  value: (k: number) => PointValue,
): Bracket {
  let [low, high] = [start - 1, start + 1];
  for (;;) {
    const tried = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const wanted = tried.filter((k) => value(k) === undefined);
    const best = lowest(tried, value);
    const hint = best ?? (tried.some((k) => value(k) === Number.POSITIVE_INFINITY) ? low : start);
    const found = { tried, wanted, best, hint };
    if (wanted.length > 0) return { ...found, state: 'open' };
    const edge = (reason: string): Bracket => ({ ...found, state: 'edge', reason });

    // With nothing but divergence the optimum lies lower.
    const walk = best === undefined || best === low ? -1 : best === high ? 1 : 0;
    const sides = best === undefined ? [low] : [best - 1, best + 1];
    if (sides.some((k) => k >= low && k <= high && value(k) === 'failed')) return edge(besideFailed);
    if (walk === 0) {
      const [down, up] = beyond(tried, best!, probe, value);
      if (!down && !up) return { ...found, state: 'bracketed' };
      // The walk has maxPoints; what is looked at beyond it comes on top.
      if (tried.length >= maxPoints + 2 * probe)
        return {
          ...found,
          state: 'bracketed',
          reason: stillFalls(tried.length),
        };
      if (down) low--;
      if (up) high++;
      continue;
    }
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

const stillFalls = (n: number) => `the loss still falls at the outermost of ${n} learning rates (maxPoints)`;
const besideFailed = 'a run beside the best one failed; it is retried when the study is run again';

/** Of equal losses the lower learning rate; undefined without a finite loss. */
function lowest(tried: readonly number[], value: (k: number) => PointValue): number | undefined {
  let [best, least]: [number | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const k of tried) {
    const v = value(k);
    if (typeof v === 'number' && v < least) [best, least] = [k, v];
  }
  return best;
}

/** Whether to look further down and further up. Above a rate that diverged there is nothing to look for. */
function beyond(
  tried: readonly number[],
  best: number,
  probe: number,
  value: (k: number) => PointValue,
): [down: boolean, up: boolean] {
  if (probe === 0) return [false, false];
  const [low, high] = [tried[0], tried[tried.length - 1]];
  const falls = (k: number, inner: number) => {
    const [v, before] = [value(k), value(inner)];
    return typeof v === 'number' && typeof before === 'number' && v < before;
  };
  const isClosed = tried.some((k) => k > best && value(k) === Number.POSITIVE_INFINITY);
  return [
    best - low < 1 + probe || falls(low, low + 1),
    !isClosed && (high - best < 1 + probe || falls(high, high - 1)),
  ];
}

export interface TuningRules {
  /** Whole points that the walk of a bracket may try. */
  maxPoints: number;
  /** Whole points looked at beyond the neighbours of the best, on each side. */
  probe: number;
  /** How often the distance around the best is halved. */
  halve: number;
}

/**
 * The whole search: the bracket, then finer points between those. Where a finer
 * point is the best, what lies beyond is counted from there. Pure like the bracket.
 * `walked` is the part that a neighbour's search may start from.
 */
export function search(
  start: number,
  rules: TuningRules,
  value: (k: number) => PointValue,
): { walked: Bracket; found: Bracket } {
  const walked = bracket(start, rules, value);
  const most = rules.maxPoints + 2 * rules.probe;
  let whole = walked.tried;
  for (;;) {
    const found = halved({ ...walked, tried: whole }, rules.halve, value);
    if (found.state !== 'bracketed' || found.reason !== undefined) return { walked, found };
    const [down, up] = beyond(whole, found.best!, rules.probe, value);
    if (!down && !up) return { walked, found };
    if (whole.length >= most) return { walked, found: { ...found, reason: stillFalls(whole.length) } };
    whole = [...(down ? [whole[0] - 1] : []), ...whole, ...(up ? [whole[whole.length - 1] + 1] : [])];
  }
}

/**
 * `found` with the distance halved `times` around the points where the true best
 * may be. Half points are k + 1/2, then k + 1/4: whole ones keep their learning rates.
 * Halves may show another minimum: its surroundings are halved as well.
 */
function halved(found: Bracket, times: number, value: (k: number) => PointValue): Bracket {
  let tried = found.tried;
  const judged = (): Bracket => {
    const wanted = tried.filter((k) => value(k) === undefined);
    const best = lowest(tried, value);
    if (wanted.length > 0) return { ...found, tried, wanted, best, state: 'open' };
    return beside(tried, best!, value).includes('failed')
      ? { ...found, tried, wanted, best, state: 'edge', reason: besideFailed }
      : { ...found, tried, wanted, best };
  };
  let now = found.state === 'bracketed' ? judged() : found;
  for (let n = 1; n <= times; n++)
    for (;;) {
      if (now.state !== 'bracketed') return now;
      const finer = [...new Set([...tried, ...around(tried, 0.5 ** n, value)])].sort((a, b) => a - b);
      if (finer.length === tried.length) break;
      tried = finer;
      now = judged();
    }
  return now;
}

/**
 * Points at a distance from the best one, from the best of another minimum that is low enough to be the true
 * one, and from the last rate below those that diverge. Low enough: not above both neighbours of the best,
 * since what a grid misses of a minimum is about what the loss rises to the next point.
 */
function around(tried: readonly number[], distance: number, value: (k: number) => PointValue): number[] {
  const best = lowest(tried, value)!;
  const finite = beside(tried, best, value)
    .filter((v) => typeof v === 'number')
    .filter(Number.isFinite);
  const ceiling = finite.length > 0 ? Math.max(...finite) : Number.POSITIVE_INFINITY;
  const second = valleys(tried, value).find((k) => k !== best);
  const centres = second !== undefined && (value(second) as number) <= ceiling ? [best, second] : [best];
  const cliff = tried.findIndex((k) => k > best && value(k) === Number.POSITIVE_INFINITY);
  const last = cliff > 0 && tried[cliff] - tried[cliff - 1] > distance ? [tried[cliff - 1] + distance] : [];
  return [...centres.flatMap((k) => [k - distance, k + distance]), ...last];
}

/** What is known of the two points next to `k`, of one at an end. */
function beside(tried: readonly number[], k: number, value: (k: number) => PointValue): PointValue[] {
  const at = tried.indexOf(k);
  return [tried[at - 1], tried[at + 1]].filter((other) => other !== undefined).map(value);
}

/** Points with a lower loss than both of their neighbours, the lowest first. */
export function valleys(tried: readonly number[], value: (k: number) => PointValue): number[] {
  return tried
    .filter((k) => {
      const [v, others] = [value(k), beside(tried, k, value)];
      return (
        typeof v === 'number' && others.length === 2 && others.every((o) => typeof o === 'number' && o > v)
      );
    })
    .sort((a, b) => (value(a) as number) - (value(b) as number) || a - b);
}
