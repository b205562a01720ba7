// Shared by the kernel tests: buffers laid out in a memory, and bits to compare.
import { optimizer, resolveHyper } from '../../optim/registry.ts';
import { compileUpdate } from './update.ts';

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

/** An optimizer over `count` coordinates in a memory of its own; `shift` moves every buffer off 16-byte alignment. */
export function bed(
  name: string,
  options: Record<string, number>,
  count: number,
  { shift = 0, memory = new WebAssembly.Memory({ initial: 2 }) } = {},
) {
  const hyper = resolveHyper(name, options);
  const kernel = compileUpdate(optimizer(name), hyper, memory);
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

/** A structure of every kind of rule: optimizer name and hyperparameters. */
export const VARIANTS: [string, Record<string, number>][] = [
  ['sgd', {}],
  ['sgd', { momentum: 0 }],
  ['sgd', { momentum: 0.9, dampening: 0.9, nesterov: 1, weightDecay: 0.1 }],
  ['adam', {}],
  ['adam', { beta1: 0.9, beta2: 0.999 }],
  ['adamw', {}],
  ['rmsprop', {}],
  ['signsgd', {}],
  ['signum', {}],
  ['signum', { momentum: 0 }],
  ['lion', {}],
  ['lion', { weightDecay: 0.1 }],
];
