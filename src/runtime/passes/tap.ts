// What a pass takes of a value on its way, beside writing buffers: the form that sums of squares,
// histograms and brackets have.
import type { ValueType } from '../../assembly/wasm/encoding.ts';
import type { FunctionBuilder, Local } from '../../assembly/wasm/function.ts';
import type { Address, Int, Vector } from '../../assembly/wasm/operations.ts';

/**
 * Vectors in an iteration. With so many the loop itself costs nothing, and loads
 * overlap with divisions before them.
 */
export const UNROLL = 8;
export const WASM_LANES = 4;

/** What a tap writes at its places in the pass. */
export interface TapCode {
  /** Before the loop. */
  setup?(): void;
  /** For the i-th vector of an iteration. */
  vector(i: number): void;
  /** For a vector of which only the first lane counts: the tail is made of such vectors. */
  single(): void;
  /** After the loop: gives the results. */
  finish(): void;
}

/** Where a tap is put. */
export interface TapSite {
  /** The vector that is looked at. */
  value: Vector;
  /** How many coordinates are left, those of the present iteration among them. */
  count: Int;
  /** The function's parameters that are the tap's. */
  parameters: readonly Local[];
}

export interface Tap {
  name: string;
  /** Parameters of the function after those of the pass. */
  params(address: Address): readonly ValueType[];
  emit(f: FunctionBuilder, site: TapSite): TapCode;
}
