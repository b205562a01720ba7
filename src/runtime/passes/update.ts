// Compiles an optimizer's rule to fused in-place passes over parameters, gradients and state in a WebAssembly
// memory: one pass, in which each value is read once and written once, unless the rule
// measures something of all coordinates first (optim/stages.ts says what in which pass).

import {
  GRAD,
  GRAD_SCALE,
  LR,
  type OptimizerDef,
  PARAM,
  stateBuffer,
  type TensorSpec,
  tensorGroups,
  vectorOf,
} from '../../optim/rule.ts';
import { planStages, type StagePlan } from '../../optim/stages.ts';
import { compileGroup } from './group.ts';
import type { BufferPlace, NamedNumbers } from './pass.ts';
import { quantileBytes } from './quantile-passes.ts';

export interface UpdateArgs {
  /** Byte offsets (multiples of 4) of `count` f32 each in the memory; they must not overlap. */
  param: number;
  grad: number;
  /** One offset per name in `UpdateKernel.state`, in that order; all zeros before step 0. */
  state: readonly number[];
  /** Byte offset of `scratchBytes` bytes, where that is not 0. Nothing need be kept there. */
  scratch?: number;
  /**
   * Coordinates. Without tensors, and unless the rule measures, a range may be split in any way:
   * the bits are the same.
   */
  count: number;
  /** Learning rate of this step. */
  lr: number;
  /** Step number from 0 (bias corrections). */
  step: number;
  /**
   * The raw gradient is multiplied by this first (`gradientScale`: 1 / micro-batches times the clip factor).
   */
  gradScale: number;
  /** Training tokens before this step and of it; only half-lives in tokens need to know. */
  tokens?: { seen: number; now: number };
  /** Micro-batches of the step, for rules that declare `squares`. */
  microBatches?: number;
}

export interface UpdateKernel {
  /** Names of the state buffers. */
  state: string[];
  /**
   * One step in place; the gradient is left as it was. Throws WebAssembly.RuntimeError outside the memory.
   */
  run(args: UpdateArgs): void;
}

/** Buffers start at cache lines. */
const aligned = (count: number) => Math.ceil((4 * count) / 64) * 64;

/** Bytes of scratch memory that an update of `count` coordinates needs; 0 for most rules. */
export function scratchBytes(
  def: OptimizerDef,
  hyper: Record<string, number>,
  count: number,
  tensors: readonly TensorSpec[] = [vectorOf(count)],
): number {
  return needs(tensorGroups(def, hyper, tensors).map(planStages), count).bytes;
}

/** Where in scratch memory quantiles have theirs, after the buffers of maps, and how long all of it is. */
function needs(plans: readonly StagePlan[], count: number): { quantiles: number; bytes: number } {
  const quantiles = Math.max(...plans.map(({ scratch }) => scratch.length)) * aligned(count);
  const any = plans.some(({ stages }) => stages.some((stage) => stage.quantiles.length > 0));
  return { quantiles, bytes: quantiles + (any ? quantileBytes(count) : 0) };
}

/**
 * The update of `def` with complete hyperparameters (`resolveHyper`), over buffers in a memory (of 32- or
 * 64-bit addresses, shared or not; it may grow later). `tensors` say which coordinates are which
 * (`tensorsOf`); without them all are one vector. Modules are cached by the structure of the rule, so
 * compiling again with other values costs microseconds.
 */
export function compileUpdate(
  def: OptimizerDef,
  hyper: Record<string, number>,
  place: BufferPlace,
  tensors?: readonly TensorSpec[],
): UpdateKernel {
  const state = def.state(hyper);
  const groups = tensorGroups(def, hyper, tensors ?? [vectorOf(0)]).map((group) =>
    compileGroup(group, place),
  );
  const plans = groups.map(({ plan }) => plan);
  return {
    state,
    run(args) {
      const { lr, step, gradScale, tokens, microBatches, count, scratch = 0 } = args;
      if (args.state.length !== state.length)
        throw new Error(
          `${def.name} keeps ${state.length} state buffers (${state}), got ${args.state.length}`,
        );
      const need = needs(plans, count);
      if (need.bytes > 0 && args.scratch === undefined) throw new Error(`${def.name} needs scratch memory`);
      const scalars: NamedNumbers = {
        ...def.scalars({ lr, step, hyper, tokens, microBatches }),
        [LR]: lr,
        [GRAD_SCALE]: gradScale,
      };
      const at: NamedNumbers = { [PARAM]: args.param, [GRAD]: args.grad };
      state.forEach((name, k) => {
        at[stateBuffer(name)] = args.state[k];
      });
      for (const group of groups) {
        group.plan.scratch.forEach((name, k) => {
          at[name] = scratch + k * aligned(count);
        });
        group.run(at, scratch + need.quantiles, scalars, tensors ? group.tensors : [vectorOf(count)]);
      }
    },
  };
}
