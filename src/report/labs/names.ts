// How the methods of the theory lab read, and how their lines look.
import type { LineSeries } from '../../figures/theory-lines.ts';

const spelled: Record<string, string> = {
  adam: 'Adam',
  sgd: 'SGD',
  signsgd: 'SignSGD',
  signum: 'Signum',
  heavyball: 'SGD with momentum',
  nsgd: 'normalized SGD',
};

/** All methods, in the order in which they take their colours. */
export const methods: readonly string[] = Object.keys(spelled);

export const methodName = (method: string): string => spelled[method] ?? method;

/** The look of a method's line. */
export function methodSeries(method: string, look: LineSeries['look'] = 'line', suffix = ''): LineSeries {
  return { name: methodName(method) + suffix, of: { arm: method }, look };
}
