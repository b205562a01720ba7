// How curves are drawn: against what, how smooth, and on which axes. The address holds it.
import type { Metrics } from '../../../src/server/wire.ts';

export const axes = { tokens: 'tokens', steps: 'steps', time: 'training time (seconds)' } as const;

export interface CurveChoice {
  x: keyof typeof axes;
  /** From 0, as they are, to `mostSmooth`. */
  smooth: number;
  logX: boolean;
  logY: boolean;
}

export const mostSmooth = 0.98;

/** What an address asks for; anything that is no choice counts as not said. */
export function choiceOf(query: URLSearchParams): CurveChoice {
  const x = query.get('x') ?? '';
  const smooth = Number(query.get('smooth'));
  return {
    x: Object.hasOwn(axes, x) ? (x as keyof typeof axes) : 'tokens',
    smooth: smooth > 0 ? Math.min(smooth, mostSmooth) : 0,
    logX: query.get('logx') === '1',
    logY: query.get('logy') === '1',
  };
}

/** Places of the lines of metrics on the axis; not a number where it is not known. */
export const placesOf = ({ step, columns }: Metrics, x: keyof typeof axes): number[] =>
  (({ steps: step, tokens: columns.tokens, time: columns.seconds })[x] ?? step).map((at) => at ?? Number.NaN);
