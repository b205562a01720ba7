// How the methods of the theory lab read, and the colours they keep in all its figures.
import type { Series } from '../../figures/theory-lines.ts';

const spelled: Record<string, [name: string, slot: number]> = {
  adam: ['Adam', 0],
  sgd: ['SGD', 1],
  signsgd: ['SignSGD', 2],
  heavyball: ['SGD with momentum', 4],
  signum: ['Signum', 3],
  nsgd: ['normalized SGD', 7],
};

export const methodName = (method: string): string => spelled[method]?.[0] ?? method;

/** The look of a method's line. */
export function methodSeries(method: string, look: Series['look'] = 'line', suffix = ''): Series {
  return { name: methodName(method) + suffix, slot: spelled[method]?.[1] ?? 7, look };
}
