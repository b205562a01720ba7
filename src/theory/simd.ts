// Straight-line SIMD arithmetic as WebAssembly: every operation's result is a local, four single-precision lanes wide.
// Enough to write one step of a simulation as a formula; loops are explicit. Opcodes: WebAssembly 2.0, section 5.4.

/** A value of four lanes (f32 or i32 as the operation reads it), held in a local. */
export type Lanes = { readonly local: number };
/** An address or a count. */
export type Int = { readonly int: number };

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const rest = value >>> 7;
    bytes.push((value & 127) | (rest ? 128 : 0));
    value = rest;
  } while (value);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    const done = (value === 0 && !(low & 64)) || (value === -1 && Boolean(low & 64));
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

const bytesOf = (value: number) => [...new Uint8Array(Float32Array.of(value).buffer)];
const intBytes = (value: number) => [...new Uint8Array(Int32Array.of(value).buffer)];
const repeat = (bytes: number[]) => [...bytes, ...bytes, ...bytes, ...bytes];

const binary = {
  and: 0x4e,
  or: 0x50,
  xor: 0x51,
  iadd: 0xae,
  isub: 0xb1,
  lt: 0x43,
  ge: 0x46,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  min: 0xe8,
  max: 0xe9,
} as const;
const unary = { abs: 0xe0, neg: 0xe1, sqrt: 0xe3, fromInt: 0xfa, fromUint: 0xfb } as const;

/** Writes one exported function `run` of `parameters` i32 arguments over an imported memory `m.m`. */
export function createBuilder(parameters: number) {
  const code: number[] = [];
  const kinds: ('v128' | 'i32')[] = [];
  const newLocal = (kind: 'v128' | 'i32') => parameters + kinds.push(kind) - 1;
  const simd = (opcode: number) => code.push(0xfd, ...unsigned(opcode));
  const get = (local: number) => code.push(0x20, ...unsigned(local));
  const set = (local: number) => code.push(0x21, ...unsigned(local));
  const result = (): Lanes => {
    const local = newLocal('v128');
    set(local);
    return { local };
  };
  const op = (name: keyof typeof binary) => (x: Lanes, y: Lanes) => {
    get(x.local);
    get(y.local);
    simd(binary[name]);
    return result();
  };
  const op1 = (name: keyof typeof unary) => (x: Lanes) => {
    get(x.local);
    simd(unary[name]);
    return result();
  };
  const shift = (opcode: number) => (x: Lanes, by: number) => {
    get(x.local);
    code.push(0x41, ...signed(by));
    simd(opcode);
    return result();
  };
  const constants = new Map<string, Lanes>();
  const constantCode: number[] = [];
  const constant = (bytes: number[]): Lanes => {
    const key = bytes.join();
    let found = constants.get(key);
    if (!found) {
      found = { local: newLocal('v128') };
      constants.set(key, found);
      // At the head of the function: inside a loop every use would build the constant anew.
      constantCode.push(0xfd, 0x0c, ...repeat(bytes), 0x21, ...unsigned(found.local));
    }
    return found;
  };
  const address = (opcode: number, offset: number) => {
    simd(opcode);
    code.push(2, ...unsigned(offset));
  };
  return {
    argument: (index: number): Int => ({ int: index }),
    f32: (value: number) => constant(bytesOf(value)),
    i32: (value: number) => constant(intBytes(value)),
    and: op('and'),
    or: op('or'),
    xor: op('xor'),
    iadd: op('iadd'),
    isub: op('isub'),
    lt: op('lt'),
    ge: op('ge'),
    add: op('add'),
    sub: op('sub'),
    mul: op('mul'),
    div: op('div'),
    min: op('min'),
    max: op('max'),
    abs: op1('abs'),
    neg: op1('neg'),
    sqrt: op1('sqrt'),
    fromInt: op1('fromInt'),
    fromUint: op1('fromUint'),
    shl: shift(0xab),
    sar: shift(0xac),
    shr: shift(0xad),
    load(pointer: Int, offset = 0): Lanes {
      get(pointer.int);
      address(0, offset);
      return result();
    },
    /** One number into all four lanes. */
    splat(pointer: Int, offset = 0): Lanes {
      get(pointer.int);
      address(9, offset);
      return result();
    },
    store(pointer: Int, value: Lanes, offset = 0): void {
      get(pointer.int);
      get(value.local);
      address(11, offset);
    },
    /** A local that loops can change. */
    variable(value: Lanes): Lanes {
      get(value.local);
      return result();
    },
    assign(variable: Lanes, value: Lanes): void {
      get(value.local);
      set(variable.local);
    },
    int(value: number): Int {
      const int = newLocal('i32');
      code.push(0x41, ...signed(value));
      set(int);
      return { int };
    },
    copy(from: Int): Int {
      const int = newLocal('i32');
      get(from.int);
      set(int);
      return { int };
    },
    advance(counter: Int, by: number): void {
      get(counter.int);
      code.push(0x41, ...signed(by), 0x6a);
      set(counter.int);
    },
    /** Runs `body` until `counter`, which the body must move, is no longer below `end`; at least once. */
    loop(counter: Int, end: Int, body: () => void): void {
      code.push(0x03, 0x40);
      body();
      get(counter.int);
      get(end.int);
      code.push(0x49, 0x0d, 0, 0x0b);
    },
    /** The compiled function over `memory`. */
    compile(memory: WebAssembly.Memory): (...args: number[]) => void {
      const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
      const name = (text: string) => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];
      const locals = kinds.flatMap((kind) => [1, kind === 'v128' ? 0x7b : 0x7f]);
      const body = [...unsigned(kinds.length), ...locals, ...constantCode, ...code, 0x0b];
      const bytes = [
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...section(1, [1, 0x60, parameters, ...new Array(parameters).fill(0x7f), 0]),
        ...section(2, [1, ...name('m'), ...name('m'), 2, 0, 0]),
        ...section(3, [1, 0]),
        ...section(7, [1, ...name('run'), 0, 0]),
        ...section(10, [1, ...unsigned(body.length), ...body]),
      ];
      const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)), {
        m: { m: memory },
      });
      return instance.exports.run as (...args: number[]) => void;
    },
  };
}

export type Builder = ReturnType<typeof createBuilder>;
