// Compiles an optimizer's rule to one fused in-place pass over parameters, gradients and state in a WebAssembly
// memory: each value is read once and written once, whatever the rule.
import { GRAD, GRAD_SCALE, LR, type OptimizerDef, updateExpressions } from '../../optim/rule.ts';
import { emitPass } from './emit.ts';
import { instantiate } from './wasm.ts';

export interface UpdateArgs {
  /** Byte offsets (multiples of 4) of `count` f32 each in the memory; they must not overlap. */
  param: number;
  grad: number;
  /** One offset per name in `UpdateKernel.state`, in that order; all zeros before step 0. */
  state: readonly number[];
  /** Coordinates to update. A range may be split in any way: the bits are the same. */
  count: number;
  /** Learning rate of this step. */
  lr: number;
  /** Step number from 0 (bias corrections). */
  step: number;
  /** The raw gradient is multiplied by this first (`gradientScale`: 1 / micro-batches times the clip factor). */
  gradScale: number;
}

export interface UpdateKernel {
  /** Names of the state buffers. */
  state: string[];
  /** One step in place; the gradient is left as it was. Throws WebAssembly.RuntimeError outside the memory. */
  run(args: UpdateArgs): void;
}

/**
 * The update of `def` with complete hyperparameters (`resolveHyper`), over buffers in `memory` (of 32- or
 * 64-bit addresses, shared or not; it may grow later). Modules are cached by the structure of the rule, so compiling
 * again with other values costs microseconds.
 */
export function compileUpdate(
  def: OptimizerDef,
  hyper: Record<string, number>,
  memory: WebAssembly.Memory,
): UpdateKernel {
  const { state, buffers, values } = updateExpressions(def, hyper);
  const pass = emitPass({ buffers, values });
  const { run } = instantiate(memory, pass.key, (address) => [pass.spec(address)]);
  return {
    state,
    run(args) {
      if (args.state.length !== state.length)
        throw new Error(
          `${def.name} keeps ${state.length} state buffers (${state}), got ${args.state.length}`,
        );
      const { lr, step, gradScale } = args;
      const scalars: Record<string, number> = {
        ...def.scalars({ lr, step, hyper }),
        [LR]: lr,
        [GRAD_SCALE]: gradScale,
      };
      const offsets = pass.pointers.map((name) =>
        name === GRAD ? args.grad : [args.param, ...args.state][buffers.indexOf(name)],
      );
      run(args.count, ...offsets, ...pass.scalars.map((name) => scalars[name]));
    },
  };
}
