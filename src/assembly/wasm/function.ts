// One function of WebAssembly, written statement by statement: locals are taken, set and read,
// and loops run what their bodies write. All code of gaplab in WebAssembly is written with it.
import { type Code, END, memoryArgument, simd, unsignedLeb, type ValueType } from './encoding.ts';
import { type Address, type Int, i32, type StackValue, type Vector, v128 } from './operations.ts';

/** A function as a module has it. */
export interface FunctionSpec {
  /** Name of the export. */
  name: string;
  params: readonly ValueType[];
  results: readonly ValueType[];
  /** Types of the locals after the parameters (zero at entry). */
  locals: readonly ValueType[];
  body: Code;
}

/** A parameter, or a variable. As a value it is what it holds at that moment. */
export interface Local<T extends ValueType = ValueType> extends StackValue<T> {
  readonly index: number;
}

const get = (index: number): Code => [0x20, ...unsignedLeb(index)];
const set = (index: number): Code => [0x21, ...unsignedLeb(index)];
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const IF = [0x04, 0x40];
/** Leaves the innermost block, or goes back to the head of the innermost loop, if an i32 is not zero. */
const BRANCH_IF = [0x0d, 0];

export class FunctionBuilder {
  /** The type of pointers and counts. */
  readonly address: Address;
  readonly #params: ValueType[] = [];
  readonly #locals: ValueType[] = [];
  readonly #results: ValueType[] = [];
  readonly #own = new Set<Local>();
  readonly #constants = new Map<string, Vector>();
  /** Runs before the body. */
  readonly #head: Code = [];
  readonly #body: Code = [];

  constructor(address: Address = i32) {
    this.address = address;
  }

  #emit(code: Code): void {
    for (const byte of code) this.#body.push(byte);
  }

  #newLocal<T extends ValueType>(type: T, index: number): Local<T> {
    const made = { type, index, code: get(index) };
    this.#own.add(made);
    return made;
  }

  /** Parameters come before all locals. */
  parameter<T extends ValueType>(type: T): Local<T> {
    if (this.#locals.length > 0) throw new Error('a parameter after a local');
    return this.#newLocal(type, this.#params.push(type) - 1);
  }

  /** Zero at first. */
  local<T extends ValueType>(type: T): Local<T> {
    return this.#newLocal(type, this.#params.length + this.#locals.push(type) - 1);
  }

  set<T extends ValueType>(to: Local<T>, value: StackValue<NoInfer<T>>): void {
    if (!this.#own.has(to)) throw new Error('a local of another function');
    this.#emit([...value.code, ...set(to.index)]);
  }

  /** A new local that holds the value. */
  keep<T extends ValueType>(value: StackValue<T>): Local<T> {
    const kept = this.local(value.type);
    this.set(kept, value);
    return kept;
  }

  /** Four equal integers, made once at the head: inside a loop every use would make them anew. */
  constant(bits: number): Vector {
    const value = v128.const([bits, bits, bits, bits]);
    const key = value.code.join();
    let found = this.#constants.get(key);
    if (!found) {
      const kept = this.local('v128');
      this.#constants.set(key, (found = kept));
      this.#head.push(...value.code, ...set(kept.index));
    }
    return found;
  }

  store(pointer: Int, value: Vector, offset = 0): void {
    this.#emit([...pointer.code, ...value.code, ...simd(11), ...memoryArgument(offset)]);
  }

  /** One lane, as 32 bits. */
  storeLane(pointer: Int, value: Vector, index = 0, offset = 0): void {
    this.#emit([...pointer.code, ...value.code, ...simd(90), ...memoryArgument(offset), index]);
  }

  /** Adds one to the 32-bit integer that a local points to. */
  increment(pointer: Local<'i32' | 'i64'>): void {
    const more = i32.add(i32.load(pointer), i32.const(1));
    this.#emit([...pointer.code, ...more.code, 0x36, ...memoryArgument(0)]);
  }

  /** Adds a constant to a pointer or a count. */
  advance(to: Local<'i32' | 'i64'>, by: number): void {
    this.set(to, this.address.add(to, this.address.const(by)));
  }

  /** Runs `body` if the value is not zero. */
  when(condition: StackValue<'i32'>, body: () => void): void {
    this.#emit([...condition.code, ...IF]);
    body();
    this.#emit([END]);
  }

  /** Runs `body` until the value that it gives is zero; at least once. */
  loopWhile(body: () => StackValue<'i32'>): void {
    this.#emit(LOOP);
    this.#emit([...body().code, ...BRANCH_IF, END]);
  }

  /**
   * While at least `step` elements remain in `count`: runs `body`, advances every f32 pointer by `step`
   * elements, and subtracts them from `count`. Counting down (instead of comparing with an end
   * address) keeps this right up to the last byte of a 4 GiB memory, where the end address wraps to zero.
   */
  countedLoop(
    count: Local<'i32' | 'i64'>,
    step: number,
    pointers: readonly Local<'i32' | 'i64'>[],
    body: () => void,
  ): void {
    const { address } = this;
    const taken = address.const(step);
    this.#emit([...BLOCK, ...address.ltU(count, taken).code, ...BRANCH_IF]);
    this.loopWhile(() => {
      body();
      for (const pointer of pointers) this.advance(pointer, 4 * step);
      this.set(count, address.sub(count, taken));
      return address.geU(count, taken);
    });
    this.#emit([END]);
  }

  /** The function's next result. Statements may follow, and more results. */
  result(value: StackValue): void {
    this.#results.push(value.type);
    this.#emit(value.code);
  }

  /** The whole function. */
  finish(name: string): FunctionSpec {
    return {
      name,
      params: this.#params,
      results: this.#results,
      locals: this.#locals,
      body: [...this.#head, ...this.#body],
    };
  }
}
