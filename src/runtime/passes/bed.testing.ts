// Shared by the kernel tests: buffers laid out in a memory, and bits to compare.
import assert from 'node:assert/strict';
import { createRng } from '../../core/rng.ts';
import { optimizer, optimizers, resolveHyper } from '../../optim/registry.ts';
import { type Squares, tensorsOf, updateExpressions } from '../../optim/rule.ts';
import { planStages } from '../../optim/stages.ts';
import { findMachineCode } from '../targets/x64/pages.ts';
import type { BufferPlace } from './pass.ts';
import { compileUpdate, scratchBytes } from './update.ts';

/** Bits of f32 numbers, so that comparisons see the last one. */
export const bits = (values: Float32Array): number[] => [...new Uint32Array(values.slice().buffer)];

/** Memories of every kind, each of 8 pages. */
export function memories(): Record<string, WebAssembly.Memory> {
  // TypeScript's types do not know 64-bit memories yet.
  const make = (options: object) => new WebAssembly.Memory(options as WebAssembly.MemoryDescriptor);
  return {
    '32 bits': make({ initial: 8 }),
    '64 bits': make({ initial: 8n, address: 'i64' }),
    '32 bits, shared': make({ initial: 8, maximum: 9, shared: true }),
    '64 bits, shared': make({ initial: 8n, maximum: 9n, shared: true, address: 'i64' }),
  };
}

/** Every kind of memory, in WebAssembly and, where this processor has it, in machine code. */
export function places(): Record<string, BufferPlace> {
  const { machineCode } = findMachineCode();
  const kinds = Object.entries(memories());
  return Object.fromEntries([
    ...kinds.map(([kind, memory]) => [kind, { memory }]),
    ...(machineCode ? kinds.map(([kind, memory]) => [`${kind}, machine code`, { memory, machineCode }]) : []),
  ]);
}

/** Fills the squares that a rule asks for, as the engine does for a gradient that is one micro-batch. */
function oneMicroBatch(
  state: readonly string[],
  squares: readonly Squares[] = [],
  grad: Float32Array,
  buffer: (k: number) => Float32Array,
  from = 0,
  to = grad.length,
): void {
  for (const wanted of squares) {
    const sums = buffer(state.indexOf(wanted.buffer));
    for (let i = from; i < to; i++) sums[i] = grad[i] ** 2;
  }
}

/**
 * An optimizer over `count` coordinates in a memory of its own; `shift` moves every
 * buffer off 16-byte alignment.
 */
export function bed(
  name: string,
  options: Record<string, number>,
  count: number,
  { shift = 0, place = { memory: new WebAssembly.Memory({ initial: 2 }) } as BufferPlace } = {},
) {
  const hyper = resolveHyper(name, options);
  const { memory } = place;
  const kernel = compileUpdate(optimizer(name), hyper, place);
  // A guard word stands before and after each buffer, to see writes out of bounds.
  const stride = count + 2;
  const at = (k: number) => 4 * (shift + 1 + k * stride);
  const view = (k: number) => new Float32Array(memory.buffer, at(k), count);
  const all = new Float32Array(memory.buffer, 4 * shift, (2 + kernel.state.length) * stride);
  all.fill(0);
  for (let k = 0; k < 2 + kernel.state.length; k++) all[k * stride] = all[k * stride + count + 1] = 77;
  return {
    hyper,
    kernel,
    param: view(0),
    grad: view(1),
    state: kernel.state.map((_, k) => view(2 + k)),
    guards: () =>
      Array.from({ length: 2 + kernel.state.length }, (_, k) => [
        all[k * stride],
        all[k * stride + count + 1],
      ]),
    /** One step over coordinates [from, to). */
    run(step: number, { lr = 0.01, gradScale = 1, from = 0, to = count } = {}) {
      oneMicroBatch(kernel.state, optimizer(name).squares?.(hyper), view(1), (k) => view(2 + k), from, to);
      kernel.run({
        param: at(0) + 4 * from,
        grad: at(1) + 4 * from,
        state: kernel.state.map((_, k) => at(2 + k) + 4 * from),
        count: to - from,
        lr,
        step,
        gradScale,
      });
    },
  };
}

/** Rules of one pass: what they do to a coordinate depends on nothing but that coordinate. */
const single = (name: string) => {
  const { stages } = planStages(updateExpressions(optimizer(name), resolveHyper(name), tensors[2]));
  return stages.length === 0;
};

/**
 * A structure of every kind of such rule: optimizer name and hyperparameters; all
 * that are registered, and more.
 */
export const variants = (): [string, Record<string, number>][] => [
  ...Object.keys(optimizers)
    .filter(single)
    .map((name): [string, Record<string, number>] => [name, {}]),
  ['sgd', { momentum: 0 }],
  ['sgd', { momentum: 0.9, dampening: 0.9, nesterov: 1, weightDecay: 0.1 }],
  ['adam', { beta1: 0.9, beta2: 0.999 }],
  ['signum', { momentum: 0 }],
  ['lion', { weightDecay: 0.1 }],
];

/** Tensors of a small model, none of them a multiple of a vector. */
const shapes = [
  ['embedding', [11, 6]],
  ['norm', [6]],
  ...['q', 'k', 'v', 'out'].map(() => ['attention', [6, 6]] as const),
  ['norm', [6]],
  ['mlp', [17, 6]],
  ['mlp', [17, 6]],
  ['mlp', [6, 17]],
  ['norm', [6]],
  ['head', [11, 6]],
] as const;
let end = 0;
const table = shapes.map(([kind, shape]) => {
  const size = shape.reduce((a: number, b: number) => a * b, 1);
  end += size;
  return { kind, shape, size, offset: end - size };
});
export const tensors = tensorsOf(table);
export const modelCount = end;
/** A thousand tokens would do as well. */
export const tokens = (step: number) => ({ seen: 100 * step, now: 100 });

/** `name` over the tensors above, in a memory of its own or the one given. */
export function modelBed(
  name: string,
  options: Record<string, number> = {},
  place: BufferPlace = places()['32 bits'],
) {
  const { memory } = place;
  const def = optimizer(name);
  const hyper = resolveHyper(name, options);
  const kernel = compileUpdate(def, hyper, place, tensors);
  const stride = 4 * (modelCount + 3);
  const at = { param: 4, grad: 4 + stride, state: kernel.state.map((_, k) => 4 + (2 + k) * stride) };
  const scratch = 4 * Math.ceil((4 + (2 + kernel.state.length) * stride) / 4);
  assert.ok(scratch + scratchBytes(def, hyper, modelCount, tensors) <= memory.buffer.byteLength);
  const view = (offset: number) => new Float32Array(memory.buffer, offset, modelCount);
  for (const offset of [at.param, at.grad, ...at.state]) view(offset).fill(0);
  return {
    def,
    hyper,
    param: view(at.param),
    grad: view(at.grad),
    state: at.state.map(view),
    run(step: number, lr = 0.01, gradScale = 1) {
      oneMicroBatch(kernel.state, def.squares?.(hyper), view(at.grad), (k) => view(at.state[k]));
      kernel.run({ ...at, scratch, count: modelCount, lr, step, gradScale, tokens: tokens(step) });
    },
  };
}

/** Normal numbers, some a thousandth of the others. */
export function fill(view: ArrayLike<number> & { [i: number]: number }, seed: number, name: string) {
  const rng = createRng(seed, name);
  for (let i = 0; i < view.length; i++) view[i] = rng.normal() * 10 ** (i % 5 === 0 ? -3 : 0);
}
