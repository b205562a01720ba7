// How the label of an arm reads in a sentence: well-known optimizers by their usual spelling, others as written.

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

/** `adam` -> `Adam`, `sgd#adam` -> `SGD#Adam`; labels that nobody has a spelling for stay as they are. */
export function displayName(label: string): string {
  const one = (name: string) => (Object.hasOwn(spelling, name) ? spelling[name] : name);
  return label.split('#').map(one).join('#');
}
