// Formulas over four lanes. Every result is kept in a local of its own, so that it may be read many times.
import { bitsOf } from '../bits.ts';
import { FunctionBuilder, type Local } from './function.ts';
import { f32x4, type Int, i32, i32x4, type Vector, v128 } from './operations.ts';

export type Lanes = Local<'v128'>;

export class LaneBuilder extends FunctionBuilder {
  #kept<A extends unknown[]>(operation: (...operands: A) => Vector) {
    return (...operands: A): Lanes => this.keep(operation(...operands));
  }
  #shift(operation: (a: Vector, by: ReturnType<typeof i32.const>) => Vector) {
    return (a: Vector, by: number): Lanes => this.keep(operation(a, i32.const(by)));
  }

  readonly and = this.#kept(v128.and);
  readonly or = this.#kept(v128.or);
  readonly xor = this.#kept(v128.xor);
  readonly iadd = this.#kept(i32x4.add);
  readonly isub = this.#kept(i32x4.sub);
  readonly add = this.#kept(f32x4.add);
  readonly sub = this.#kept(f32x4.sub);
  readonly mul = this.#kept(f32x4.mul);
  readonly div = this.#kept(f32x4.div);
  readonly min = this.#kept(f32x4.min);
  readonly abs = this.#kept(f32x4.abs);
  readonly sqrt = this.#kept(f32x4.sqrt);
  readonly fromInt = this.#kept(f32x4.fromInt);
  readonly fromUint = this.#kept(f32x4.fromUint);
  readonly shl = this.#shift(i32x4.shl);
  readonly sar = this.#shift(i32x4.shrS);
  readonly shr = this.#shift(i32x4.shrU);
  readonly load = this.#kept(v128.load);
  /** One number into all four lanes. */
  readonly splat = this.#kept(v128.load32Splat);

  /** The same number in all lanes. */
  f32(value: number): Vector {
    return this.constant(bitsOf(value));
  }
  i32(value: number): Vector {
    return this.constant(value | 0);
  }

  /** A variable that begins with this whole number. */
  int(value: number): Local<'i32'> {
    return this.keep(i32.const(value));
  }

  /** Runs `body` until `counter`, which the body must move, is no longer below `end`; at least once. */
  loopBelow(counter: Int, end: Int, body: () => void): void {
    this.loopWhile(() => {
      body();
      return this.address.ltU(counter, end);
    });
  }
}
