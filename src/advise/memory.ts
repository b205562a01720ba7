// What fits into memory: weights, gradients and optimizer state of each optimizer,
// and the largest piece of a batch beside them.
import { memory } from '../model/cost.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import type { Given } from './given.ts';

export interface Fit {
  optimizer: string;
  /** Bytes of weights, gradients and state. */
  fixed: number;
  /**
   * Largest piece of a batch in sequences that fits, a power of two; 0: not even one.
   * Null: activations are not known.
   */
  microBatch: number | null;
  /** Bytes with that piece, or with one sequence where that does not fit. */
  total: number;
}

/** More at once is of no use to any device. */
const MOST = 1024;

const arms: [label: string, name: string, hyper: Record<string, number>][] = [
  ['SGD without momentum', 'sgd', { momentum: 0 }],
  ['SGD', 'sgd', {}],
  ['Signum', 'signum', {}],
  ['Adam', 'adam', {}],
];

export function fits({ model, parameters, memory: there }: Given): Fit[] {
  // The graph of a large model takes seconds to build, and its activations are the same
  // whatever the optimizer.
  const held = new Map<number, number>();
  const activationsOf = (n: number) => {
    const known = held.get(n) ?? memory(model!, { stateBuffers: 0, batchSize: n, microBatch: n }).activations;
    held.set(n, known);
    return known;
  };
  return arms.map(([label, name, hyper]) => {
    const stateBuffers = optimizer(name).state(resolveHyper(name, hyper)).length;
    const fixed = 4 * parameters * (2 + stateBuffers);
    if (!model)
      return {
        optimizer: label,
        fixed,
        microBatch: there !== undefined && fixed > there ? 0 : null,
        total: fixed,
      };
    const at = (n: number) => fixed + activationsOf(n);
    let [microBatch, total] = [0, at(1)];
    for (let n = 1; there !== undefined && n <= MOST; n *= 2) {
      const needed = n === 1 ? total : at(n);
      if (needed > there) break;
      [microBatch, total] = [n, needed];
    }
    return { optimizer: label, fixed, microBatch: there === undefined ? null : microBatch, total };
  });
}
