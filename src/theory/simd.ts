// Straight-line SIMD arithmetic as WebAssembly: every operation's result is a local, four
// single-precision lanes wide. Enough to write one step of a simulation as a formula; loops are explicit.
import { bitsOf } from '../assembly/bits.ts';
import {
  type Code,
  f32x4,
  i32,
  i32x4,
  local as locals,
  loopWhile,
  type ValueType,
  v128,
} from '../assembly/wasm/code.ts';
import { assemble, type FunctionSpec } from '../assembly/wasm/module.ts';

/** A value of four lanes (f32 or i32 as the operation reads it), held in a local. */
export type Lanes = { readonly local: number };
/** An address or a count. */
export type Int = { readonly int: number };

/** Writes one exported function `run` of `parameters` i32 arguments over an imported memory. */
export function createBuilder(parameters: number) {
  const code: Code = [];
  const kinds: ValueType[] = [];
  const newLocal = (kind: ValueType) => parameters + kinds.push(kind) - 1;
  const emit = (part: Code) => {
    for (const byte of part) code.push(byte);
  };
  const get = (local: number) => emit(locals.get(local));
  const set = (local: number) => emit(locals.set(local));
  const result = (): Lanes => {
    const local = newLocal('v128');
    set(local);
    return { local };
  };
  const binary = (operation: Code) => (x: Lanes, y: Lanes) => {
    get(x.local);
    get(y.local);
    emit(operation);
    return result();
  };
  const unary = (operation: Code) => (x: Lanes) => {
    get(x.local);
    emit(operation);
    return result();
  };
  const shift = (operation: Code) => (x: Lanes, by: number) => {
    get(x.local);
    emit([...i32.const(by), ...operation]);
    return result();
  };
  const constants = new Map<number, Lanes>();
  const constantCode: Code = [];
  const constant = (bits: number): Lanes => {
    let found = constants.get(bits);
    if (!found) {
      found = { local: newLocal('v128') };
      constants.set(bits, found);
      // At the head of the function: inside a loop every use would build the constant anew.
      constantCode.push(...v128.const([bits, bits, bits, bits]), ...locals.set(found.local));
    }
    return found;
  };
  return {
    argument: (index: number): Int => ({ int: index }),
    f32: (value: number) => constant(bitsOf(value)),
    i32: (value: number) => constant(value | 0),
    and: binary(v128.and),
    or: binary(v128.or),
    xor: binary(v128.xor),
    iadd: binary(i32x4.add),
    isub: binary(i32x4.sub),
    lt: binary(f32x4.lt),
    ge: binary(f32x4.ge),
    add: binary(f32x4.add),
    sub: binary(f32x4.sub),
    mul: binary(f32x4.mul),
    div: binary(f32x4.div),
    min: binary(f32x4.min),
    max: binary(f32x4.max),
    abs: unary(f32x4.abs),
    neg: unary(f32x4.neg),
    sqrt: unary(f32x4.sqrt),
    fromInt: unary(f32x4.fromInt),
    fromUint: unary(f32x4.fromUint),
    shl: shift(i32x4.shl),
    sar: shift(i32x4.shrS),
    shr: shift(i32x4.shrU),
    load(pointer: Int, offset = 0): Lanes {
      get(pointer.int);
      emit(v128.load(offset));
      return result();
    },
    /** One number into all four lanes. */
    splat(pointer: Int, offset = 0): Lanes {
      get(pointer.int);
      emit(v128.load32Splat(offset));
      return result();
    },
    store(pointer: Int, value: Lanes, offset = 0): void {
      get(pointer.int);
      get(value.local);
      emit(v128.store(offset));
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
      emit(i32.const(value));
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
      emit([...i32.const(by), ...i32.add]);
      set(counter.int);
    },
    /** Runs `body` until `counter`, which the body must move, is no longer below `end`; at least once. */
    loop(counter: Int, end: Int, body: () => void): void {
      const from = code.length;
      body();
      const again = [...locals.get(counter.int), ...locals.get(end.int), ...i32.ltU];
      emit(loopWhile([...code.splice(from), ...again]));
    },
    /** The compiled function over `memory`. */
    compile(memory: WebAssembly.Memory): (...args: number[]) => void {
      const run: FunctionSpec = {
        name: 'run',
        params: new Array(parameters).fill('i32'),
        results: [],
        locals: kinds,
        body: [...constantCode, ...code],
      };
      const module = new WebAssembly.Module(assemble([run], { address: i32, shared: false }));
      const instance = new WebAssembly.Instance(module, { env: { memory } });
      return instance.exports.run as (...args: number[]) => void;
    },
  };
}

export type Builder = ReturnType<typeof createBuilder>;
