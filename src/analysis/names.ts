// How the label of an arm reads in a sentence: well-known optimizers by their usual spelling,
// others as written.
import { visible } from '../core/shown.ts';

const spelling: Record<string, string> = {
  adam: 'Adam',
  adamw: 'AdamW',
  sgd: 'SGD',
  signsgd: 'SignSGD',
  signum: 'Signum',
  rmsprop: 'RMSProp',
  lion: 'Lion',
  muon: 'Muon',
};

/**
 * `adam` -> `Adam`, `sgd#adam` -> `SGD#Adam`; others stay as they are, but for characters
 * that cannot be seen.
 */
export function displayName(label: string): string {
  const one = (name: string) => (Object.hasOwn(spelling, name) ? spelling[name] : name);
  return visible(label.split('#').map(one).join('#'));
}
