// Modules of WebAssembly: a list of exported functions over one imported memory, assembled and instantiated.
import { type Code, END, unsignedLeb, type ValueType } from './encoding.ts';
import type { FunctionSpec } from './function.ts';
import { type Address, i32, i64 } from './operations.ts';

const VALUE_TYPE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

const vector = (items: readonly Code[]): Code => [...unsignedLeb(items.length), ...items.flat()];
const text = (value: string): Code => vector([...new TextEncoder().encode(value)].map((byte) => [byte]));

/** What a module must know of the memory that it imports. */
export interface MemoryKind {
  address: Address;
  /** Whether threads share it. */
  shared: boolean;
}

/** Bytes of a module that imports one memory of that kind as `env.memory` and exports the functions. */
export function assemble(
  functions: readonly FunctionSpec[],
  { address, shared }: MemoryKind,
): Uint8Array<ArrayBuffer> {
  const section = (id: number, items: readonly Code[]): Code => {
    const content = vector(items);
    return [id, ...unsignedLeb(content.length), ...content];
  };
  const types = (list: readonly ValueType[]) => vector(list.map((type) => [VALUE_TYPE[type]]));
  // Limits: at least 0 pages, so that any memory fits; a shared memory must name a maximum,
  // here all that can be had.
  const wide = address.type === 'i64';
  const limits = [
    (shared ? 3 : 0) + (wide ? 4 : 0),
    0,
    ...(shared ? unsignedLeb(MAX_PAGES[address.type]) : []),
  ];
  const code = functions.map(({ locals, body }) => {
    const content = [...vector(locals.map((type) => [1, VALUE_TYPE[type]])), ...body, END];
    return [...unsignedLeb(content.length), ...content];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      functions.map(({ params, results }) => [0x60, ...types(params), ...types(results)]),
    ),
    ...section(2, [[...text('env'), ...text('memory'), 2, ...limits]]),
    ...section(
      3,
      functions.map((_, index) => unsignedLeb(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0, ...unsignedLeb(index)]),
    ),
    ...section(10, code),
  ]);
}

/** Pages of 64 KiB that V8 and SpiderMonkey give one memory at most: 4 GiB, and 16 GiB. */
const MAX_PAGES = { i32: 2 ** 16, i64: 2 ** 18 };

/** The kind of a memory. JavaScript does not tell the width of its addresses, but linking does. */
export function memoryKind(memory: WebAssembly.Memory): MemoryKind {
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const links = (address: Address) => {
    try {
      const module = new WebAssembly.Module(assemble([], { address, shared }));
      return Boolean(new WebAssembly.Instance(module, { env: { memory } }));
    } catch {
      return false;
    }
  };
  return { address: links(i32) ? i32 : i64, shared };
}

interface Compiled {
  module: WebAssembly.Module;
  functions: readonly Pick<FunctionSpec, 'name' | 'params'>[];
}
const compiled = new Map<string, Compiled>();

/**
 * The functions that `emit` makes for the kind of `memory`, instantiated on it.
 * Modules are cached by kind and `key`, so that equal code is compiled once.
 * Pointers and counts are given as plain numbers.
 */
export function instantiate(
  memory: WebAssembly.Memory,
  key: string,
  emit: (address: Address) => readonly FunctionSpec[],
): Record<string, (...args: number[]) => number> {
  const kind = memoryKind(memory);
  const { address, shared } = kind;
  const cached = `${address.type} ${shared} ${key}`;
  let found = compiled.get(cached);
  if (!found) {
    const specs = emit(address);
    const functions = specs.map(({ name, params }) => ({ name, params }));
    compiled.set(cached, (found = { module: new WebAssembly.Module(assemble(specs, kind)), functions }));
  }
  const { exports } = new WebAssembly.Instance(found.module, { env: { memory } });
  return Object.fromEntries(
    found.functions.map(({ name, params }) => {
      const run = exports[name] as (...args: (number | bigint)[]) => number;
      const call = (...args: number[]) =>
        run(...args.map((arg, i) => (params[i] === 'i64' ? address.argument(arg) : arg)));
      return [name, address.type === 'i64' ? call : run];
    }),
  );
}
