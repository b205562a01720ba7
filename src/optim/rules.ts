// The table of optimizers: a new one is one file and one line here (docs/contributing.md does it).
export { adafactor } from './adafactor.ts';
export { adam, adamw } from './adam.ts';
export { adambc } from './adambc.ts';
export { adasgd } from './adasgd.ts';
export { drift } from './drift.ts';
export { invadam } from './invadam.ts';
export { lion } from './lion.ts';
export { muon } from './muon.ts';
export { nsgd } from './nsgd.ts';
export { rmsprop } from './rmsprop.ts';
export { sgd } from './sgd.ts';
export { signsgd } from './signsgd.ts';
export { signum } from './signum.ts';
