// A small assembler for WebAssembly with fixed-width SIMD: instructions are arrays of bytes, a module is a list of
// exported functions over one imported memory. Relaxed SIMD is left out on purpose: it rounds differently from one
// machine to the next. Opcodes as in the WebAssembly 2.0 specification, section 5.4.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
/** Encoded instructions. */
export type Code = number[];

const VALUE_TYPE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const END = 0x0b;

/** Unsigned LEB128 of an integer below 2^32. */
export function unsigned(value: number): Code {
  const bytes: Code = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) + (rest > 0 ? 128 : 0));
    value = rest;
  } while (value > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): Code {
  const bytes: Code = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    const done = (value === 0 && !(low & 64)) || (value === -1 && Boolean(low & 64));
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const text = (value: string): Code => vector([...new TextEncoder().encode(value)].map((byte) => [byte]));
const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Alignment is a hint only (2: a multiple of 4 bytes); `offset` is added to the address without wrapping. */
const memory = (offset: number): Code => [2, ...unsigned(offset)];

/** Integers of the width of a memory's addresses: pointers and counts are of this type. */
export interface Address {
  type: 'i32' | 'i64';
  /** A constant below 2^31. */
  const(value: number): Code;
  add: Code;
  sub: Code;
  ltU: Code;
  geU: Code;
  /** An unsigned i32 to this type. */
  extend: Code;
  /** A number of JavaScript as an argument of this type. */
  argument(value: number): number | bigint;
}

/** Memories of up to 4 GiB: an access outside runs into a page that is not there, so no access is checked. */
export const i32: Address = {
  type: 'i32',
  const: (value) => [0x41, ...signed(value)],
  add: [0x6a],
  sub: [0x6b],
  ltU: [0x49],
  geU: [0x4f],
  extend: [],
  argument: (value) => value,
};

/** Memories beyond 4 GiB (the memory64 proposal, WebAssembly 3.0). */
export const i64: Address = {
  type: 'i64',
  const: (value) => [0x42, ...signed(value)],
  add: [0x7c],
  sub: [0x7d],
  ltU: [0x54],
  geU: [0x5a],
  extend: [0xad],
  argument: BigInt,
};

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number): Code => [0x21, ...unsigned(index)],
};

export const f32x4 = {
  splat: simd(19),
  eq: simd(65),
  lt: simd(67),
  gt: simd(68),
  le: simd(69),
  abs: simd(224),
  neg: simd(225),
  sqrt: simd(227),
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
  min: simd(232),
  max: simd(233),
  pmin: simd(234),
  pmax: simd(235),
  extractLane: (lane: number): Code => [...simd(31), lane],
};

export const i32x4 = {
  splat: simd(17),
  leS: simd(61),
  shl: simd(171),
  shrS: simd(172),
  shrU: simd(173),
  sub: simd(177),
  minU: simd(183),
  extractLane: (lane: number): Code => [...simd(27), lane],
};

export const f64x2 = {
  add: simd(240),
  mul: simd(242),
  extractLane: (lane: number): Code => [...simd(33), lane],
  /** Two lower lanes of an f32x4, exactly. */
  promoteLow: simd(95),
};

export const f64 = {
  add: [0xa0],
  mul: [0xa2],
  promote: [0xbb],
};
export const f32 = { const: (value: number): Code => [0x43, ...bytesOf(value)], max: [0x97] };

export const v128 = {
  load: (offset = 0): Code => [...simd(0), ...memory(offset)],
  /** One f32 into lane 0, zeros elsewhere. */
  load32: (offset = 0): Code => [...simd(92), ...memory(offset)],
  /** Two f32 into lanes 0 and 1, zeros elsewhere. */
  load64: (offset = 0): Code => [...simd(93), ...memory(offset)],
  store: (offset = 0): Code => [...simd(11), ...memory(offset)],
  /** Lane 0 as one f32. */
  store32: (offset = 0): Code => [...simd(90), ...memory(offset), 0],
  /** One f32 into all lanes. */
  load32Splat: (offset = 0): Code => [...simd(9), ...memory(offset)],
  /** Four 32-bit integers. */
  const: (lanes: readonly number[]): Code => [
    ...simd(12),
    ...lanes.flatMap((lane) => [0, 8, 16, 24].map((bit) => (lane >>> bit) & 255)),
  ],
  /** (a, a): its two upper f32 into the lower lanes. */
  upper: [...simd(13), ...[8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]] as Code,
  and: simd(78),
  /** (a, b): a where b's bits are not set. */
  andNot: simd(79),
  or: simd(80),
  anyTrue: simd(83),
  /** (a, b, mask): a where the mask's bits are set, b elsewhere. */
  bitselect: simd(82),
};

function bytesOf(value: number): Code {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => view.getUint8(i));
}

export const i32shl: Code = [0x74];
/** Adds one to the 32-bit integer at an address on the stack. */
export const count1 = (temporary: number): Code => [
  ...[...local.set(temporary), ...local.get(temporary), ...local.get(temporary)],
  ...[0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0],
];
/** Runs `body` if the i32 on the stack is not zero. */
export const when = (body: Code): Code => [0x04, 0x40, ...body, END];

/**
 * While at least `step` elements remain in local `count`: run `body`, advance every f32 pointer in `pointers` by
 * `step` elements, and subtract them from `count`. Counting down (instead of comparing with an end address) keeps
 * this right up to the last byte of a 4 GiB memory, where the end address wraps to zero.
 */
export function countedLoop(
  int: Address,
  count: number,
  step: number,
  pointers: readonly number[],
  body: Code,
): Code {
  const advance = pointers.flatMap((p) => [
    ...local.get(p),
    ...int.const(4 * step),
    ...int.add,
    ...local.set(p),
  ]);
  return [
    ...[0x02, 0x40], // block
    ...[...local.get(count), ...int.const(step), ...int.ltU, 0x0d, 0], // leave the block
    ...[0x03, 0x40], // loop
    ...body,
    ...advance,
    ...[...local.get(count), ...int.const(step), ...int.sub, ...local.set(count)],
    ...[...local.get(count), ...int.const(step), ...int.geU, 0x0d, 0], // again
    ...[END, END],
  ];
}

export interface FunctionSpec {
  /** Name of the export. */
  name: string;
  params: readonly ValueType[];
  results: readonly ValueType[];
  /** Types of the locals after the parameters (zero at entry). */
  locals: readonly ValueType[];
  body: Code;
}

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
    return [id, ...unsigned(content.length), ...content];
  };
  const types = (list: readonly ValueType[]) => vector(list.map((type) => [VALUE_TYPE[type]]));
  // Limits: at least 0 pages, so that any memory fits; a shared memory must name a maximum, here all that can be had.
  const wide = address.type === 'i64';
  const limits = [(shared ? 3 : 0) + (wide ? 4 : 0), 0, ...(shared ? unsigned(MAX_PAGES[address.type]) : [])];
  const code = functions.map(({ locals, body }) => {
    const content = [...vector(locals.map((type) => [1, VALUE_TYPE[type]])), ...body, END];
    return [...unsigned(content.length), ...content];
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
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]),
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

const modules = new Map<string, WebAssembly.Module>();

/**
 * The functions that `emit` makes for the kind of `memory`, instantiated on it. Modules are cached by kind and `key`,
 * so instantiating equal code again costs microseconds. Pointers and counts are given as plain numbers.
 */
export function instantiate(
  memory: WebAssembly.Memory,
  key: string,
  emit: (address: Address) => readonly FunctionSpec[],
): Record<string, (...args: number[]) => number> {
  const kind = memoryKind(memory);
  const { address, shared } = kind;
  const cached = `${address.type} ${shared} ${key}`;
  const specs = emit(address);
  let module = modules.get(cached);
  if (!module) modules.set(cached, (module = new WebAssembly.Module(assemble(specs, kind))));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return Object.fromEntries(
    specs.map(({ name, params }) => {
      const run = exports[name] as (...args: (number | bigint)[]) => number;
      const call = (...args: number[]) =>
        run(...args.map((arg, i) => (params[i] === 'i64' ? address.argument(arg) : arg)));
      return [name, call];
    }),
  );
}
