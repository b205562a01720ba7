// Compiles an optimizer's rule to fused in-place passes over parameters, gradients and state in a WebAssembly
// memory: one pass, in which each value is read once and written once, unless the rule measures something of all
// coordinates first (optim/stages.ts says what in which pass).

import { quantileRank } from '../../optim/expr.ts';
import { evaluate } from '../../optim/reference.ts';
import {
  GRAD,
  GRAD_SCALE,
  LR,
  type OptimizerDef,
  PARAM,
  stateBuffer,
  type TensorGroup,
  type TensorSpec,
  tensorGroups,
  vectorOf,
} from '../../optim/rule.ts';
import { type MeasureStep, type Plan, planStages } from '../../optim/stages.ts';
import { emitPass, HISTOGRAM_BINS, type Pass } from './emit.ts';
import { mapTools } from './multiply.ts';
import { createSelect } from './quantile.ts';
import { instantiate } from './wasm.ts';

export interface UpdateArgs {
  /** Byte offsets (multiples of 4) of `count` f32 each in the memory; they must not overlap. */
  param: number;
  grad: number;
  /** One offset per name in `UpdateKernel.state`, in that order; all zeros before step 0. */
  state: readonly number[];
  /** Byte offset of `scratchBytes` bytes, where that is not 0. Nothing need be kept there. */
  scratch?: number;
  /** Coordinates. Without tensors, and unless the rule measures, a range may be split in any way: the bits are the same. */
  count: number;
  /** Learning rate of this step. */
  lr: number;
  /** Step number from 0 (bias corrections). */
  step: number;
  /** The raw gradient is multiplied by this first (`gradientScale`: 1 / micro-batches times the clip factor). */
  gradScale: number;
  /** Training tokens before this step and of it; only half-lives in tokens need to know. */
  tokens?: { seen: number; now: number };
}

export interface UpdateKernel {
  /** Names of the state buffers. */
  state: string[];
  /** One step in place; the gradient is left as it was. Throws WebAssembly.RuntimeError outside the memory. */
  run(args: UpdateArgs): void;
}

/** Elements from `offset` on. */
interface Range {
  offset: number;
  size: number;
}
type Values = Record<string, number>;
/** Runs a pass over a range; `more` are the parameters of a histogram. */
type RunPass = (at: Values, range: Range, scalars: Values, more?: readonly number[]) => number[];

const BINS_BYTES = 4 * (HISTOGRAM_BINS + 16);
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

/** Where the bins of histograms begin in scratch memory, after the buffers of maps, and how long it is. */
function needs(plans: readonly Plan[], count: number): { bins: number; bytes: number } {
  const bins = Math.max(...plans.map(({ scratch }) => scratch.length)) * aligned(count);
  const counting = plans.some(({ stages }) => stages.some(({ quantiles }) => quantiles.length > 0));
  return { bins, bytes: bins + (counting ? BINS_BYTES : 0) };
}

/**
 * The update of `def` with complete hyperparameters (`resolveHyper`), over buffers in `memory` (of 32- or
 * 64-bit addresses, shared or not; it may grow later). `tensors` say which coordinates are which
 * (`tensorsOf(parameters(model))`); without them all are one vector. Modules are cached by the structure of the rule, so
 * compiling again with other values costs microseconds.
 */
export function compileUpdate(
  def: OptimizerDef,
  hyper: Record<string, number>,
  memory: WebAssembly.Memory,
  tensors?: readonly TensorSpec[],
): UpdateKernel {
  const state = def.state(hyper);
  const groups = tensorGroups(def, hyper, tensors ?? [vectorOf(0)]).map((group) =>
    compileGroup(group, memory),
  );
  const plans = groups.map(({ plan }) => plan);
  return {
    state,
    run(args) {
      const { lr, step, gradScale, tokens, count, scratch = 0 } = args;
      if (args.state.length !== state.length)
        throw new Error(
          `${def.name} keeps ${state.length} state buffers (${state}), got ${args.state.length}`,
        );
      const need = needs(plans, count);
      if (need.bytes > 0 && args.scratch === undefined) throw new Error(`${def.name} needs scratch memory`);
      const scalars: Values = {
        ...def.scalars({ lr, step, hyper, tokens }),
        [LR]: lr,
        [GRAD_SCALE]: gradScale,
      };
      const at: Values = { [PARAM]: args.param, [GRAD]: args.grad };
      state.forEach((name, k) => {
        at[stateBuffer(name)] = args.state[k];
      });
      for (const group of groups) {
        group.plan.scratch.forEach((name, k) => {
          at[name] = scratch + k * aligned(count);
        });
        group.run(at, scratch + need.bins, scalars, tensors ? group.tensors : [vectorOf(count)]);
      }
    },
  };
}

function compilePass(pass: Pass, memory: WebAssembly.Memory): RunPass {
  const { pointers, scalars: names, key, spec } = emitPass(pass);
  const { run } = instantiate(memory, key, (address) => [spec(address)]);
  return (at, { offset, size }, scalars, more = []) => {
    const result = run(
      size,
      ...pointers.map((name) => at[name] + 4 * offset),
      ...names.map((name) => scalars[name]),
      ...more,
    ) as number | number[] | undefined;
    return Array.isArray(result) ? result : [result ?? 0];
  };
}

function compileGroup(group: TensorGroup, memory: WebAssembly.Memory) {
  const plan = planStages(group);
  const stages = plan.stages.map((stage) => {
    const buffers = [...stage.buffers, ...stage.maps.map(({ buffer }) => buffer)];
    const values = [...stage.values, ...stage.maps.map(({ value }) => value)];
    const squares = stage.norms.map(({ value }) => value);
    // A quantile alone takes the stage's pass along with its first.
    const fused = squares.length + stage.maps.length === 0 && stage.quantiles.length === 1;
    return {
      ...stage,
      pass: fused ? undefined : compilePass({ buffers, values, squares }, memory),
      quantiles: stage.quantiles.map((step) => ({
        ...step,
        first: fused ? compilePass({ buffers, values, histogram: step.before }, memory) : undefined,
        pass: compilePass({ buffers: [], values: [], histogram: step.value }, memory),
        selects: new Map<Range | undefined, ReturnType<typeof createSelect>>(),
      })),
    };
  });
  const last = compilePass({ buffers: plan.buffers, values: plan.values }, memory);
  const room = Math.max(
    0,
    ...plan.stages.flatMap(({ maps }) =>
      maps.flatMap(({ map }) => group.tensors.map(({ shape }) => map.room(shape))),
    ),
  );
  const mapping = plan.stages.some(({ maps }) => maps.length > 0);
  const tools = mapping ? mapTools(room) : undefined;
  const byTensor = plan.stages.some(({ norms, quantiles }) =>
    [...norms, ...quantiles].some(({ scope }) => scope === 'tensor'),
  );

  return {
    plan,
    tensors: group.tensors,
    run(at: Values, bins: number, scalars: Values, tensors: readonly TensorSpec[]): void {
      // Where tensors have scalars of their own each is a range by itself; else neighbours are one.
      const ranges: readonly Range[] = byTensor || tools ? tensors : merged(tensors);
      const own: Values[] = ranges.map(() => ({ ...scalars }));
      const overRanges = (run: RunPass, more?: readonly number[]) =>
        ranges.map((range, r) => run(at, range, own[r], more));
      const give = (name: string, value: (range: number) => number) => {
        own.forEach((scalars, r) => {
          scalars[name] = value(r);
        });
      };
      const total = ranges.reduce((n, { size }) => n + size, 0);
      for (const stage of stages) {
        const results = stage.pass ? overRanges(stage.pass) : [];
        stage.norms.forEach(({ scalar, op, scope }, k) => {
          const all = results.reduce((sum, result) => sum + result[k], 0);
          give(scalar, (r) => {
            const [squares, size] = scope === 'all' ? [all, total] : [results[r][k], ranges[r].size];
            return Math.sqrt(op === 'rms' ? squares / size : squares);
          });
        });
        for (const { map, buffer } of stage.maps)
          for (const { offset, size, shape } of tensors) {
            tools!.reset();
            map.apply(new Float32Array(memory.buffer, at[buffer] + 4 * offset, size), shape, tools!);
          }
        for (const step of stage.quantiles) {
          const share = shareOf(step, own[0]);
          const counts = new Uint32Array(memory.buffer, bins, HISTOGRAM_BINS);
          const pick = (from: readonly number[], count: number, key: Range | undefined) => {
            let select = step.selects.get(key);
            if (!select) step.selects.set(key, (select = createSelect()));
            let pass = step.first ?? step.pass;
            const over = (low: number, shift: number) => {
              const below = from.map((r) => pass(at, ranges[r], own[r], [low, shift, bins])[0]);
              pass = step.pass;
              return below.reduce((sum, n) => sum + n, 0);
            };
            return select(over, counts, quantileRank(share, count));
          };
          if (total === 0) continue;
          const values =
            step.scope === 'all'
              ? new Array<number>(ranges.length).fill(pick([...ranges.keys()], total, undefined))
              : ranges.map((range, r) => pick([r], range.size, range));
          give(step.scalar, (r) => values[r]);
        }
      }
      overRanges(last);
    },
  };
}

/** In float64, as the rank is: rounding to float32 first could move it by one. */
const shareOf = ({ share }: MeasureStep, scalars: Values) => evaluate(share!, {}, scalars);

/** Neighbouring ranges as one. */
function merged(tensors: readonly Range[]): Range[] {
  const ranges: Range[] = [];
  for (const { offset, size } of tensors) {
    const before = ranges.at(-1);
    if (before && before.offset + before.size === offset) before.size += size;
    else ranges.push({ offset, size });
  }
  return ranges;
}
