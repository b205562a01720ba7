// Squares of micro-batch gradients for rules that ask for them: which ones do, and the pass that adds
// a micro-batch up. The pass is compiled as the rule of an optimizer is, so that every target has it.
import { UserError } from '../core/errors.ts';
import { add, mul } from '../optim/expr.ts';
import { defineOptimizer, type OptimizerDef } from '../optim/rule.ts';

export interface SquaresWanted {
  /** State buffers to be filled, and the sequences of a micro-batch. */
  buffers: string[];
  sequences: number;
}

/**
 * What a rule wants; undefined for most rules. Throws UserError where two parts
 * of a rule want micro-batches of different sizes.
 */
export function squaresWanted(def: OptimizerDef, hyper: Record<string, number>): SquaresWanted | undefined {
  const wanted = def.squares?.(hyper) ?? [];
  if (wanted.length === 0) return undefined;
  const sizes = [...new Set(wanted.map(({ sequences }) => sequences))];
  if (sizes.length > 1)
    throw new UserError(
      `${def.name}: its parts have micro-batches of ${sizes.join(' and ')} sequences; give them one size`,
    );
  return { buffers: wanted.map(({ buffer }) => buffer), sequences: sizes[0] };
}

/** "Parameter" and "learning rate" -1: sum <- sum + g;  squares <- squares + g^2. */
export const addMicroBatch = defineOptimizer({
  name: 'addMicroBatch',
  summary: 'adds a gradient to a sum, and its square to another',
  source: 'internal',
  hyper: {},
  lrGuess: -1,
  scaling: 'neither',
  state: () => ['squares'],
  scalars: () => ({}),
  update: ({ g, state }) => ({ u: g, state: { squares: add(state.squares, mul(g, g)) } }),
});

/** How the pass is run. */
export const asSum = { lr: -1, step: 0, gradScale: 1 };
