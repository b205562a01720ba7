// What a pass takes of a value on its way, beside writing buffers: the form that sums of squares,
// histograms and brackets have.
import type { Address, Code, ValueType } from '../../assembly/wasm/code.ts';

/**
 * Vectors in an iteration. With so many the loop itself costs nothing, and loads
 * overlap with divisions before them.
 */
export const UNROLL = 8;
export const LANES = 4;

/** Code of a tap at its places in the pass. */
export interface TapCode {
  /** Before the loop. */
  setup?: Code;
  /** For the i-th vector of an iteration. */
  vector(i: number): Code;
  /** For a vector of which only the first lane counts: the tail is made of such vectors. */
  single: Code;
  /** After the loop: leaves the results. */
  results: Code;
}

/** Where a tap is put. */
export interface TapSite {
  address: Address;
  /** Leaves the vector that is looked at. */
  value: Code;
  /** Leaves how many coordinates are left, those of the present iteration among them. */
  count: Code;
  /** Index of the function's parameter that is the tap's k-th. */
  parameter(k: number): number;
  /** Index of a new local, zero at entry. */
  local(type: ValueType): number;
}

export interface Tap {
  name: string;
  /** Parameters of the function after those of the pass. */
  params(address: Address): readonly ValueType[];
  results: readonly ValueType[];
  emit(site: TapSite): TapCode;
}
