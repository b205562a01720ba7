// Turns per-coordinate expressions into SIMD passes over flat f32 buffers: new values written in place, sums of squares
// and histograms taken on the way.
import { type Expr, type Instruction, lower } from '../../optim/expr.ts';
import {
  type Address,
  type Code,
  count1,
  countedLoop,
  type FunctionSpec,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  local,
  type ValueType,
  v128,
  when,
} from './wasm.ts';

/** A pass: new values of some buffers, as expressions over all of them and over uniform scalars. */
export interface Pass {
  /** Buffers to write, and what to write; all values are read before any is written, coordinate by coordinate. */
  buffers: readonly string[];
  values: readonly Expr[];
  /** Expressions whose squares are summed in float64, always in the same order: the results of the function. */
  squares?: readonly Expr[];
  /**
   * An expression whose sizes are counted into HISTOGRAM_BINS bins of 32 bits each. Three more parameters: the bits `low`
   * of the smallest float to count, `shift` (bin k has the floats whose bits are low + k 2^shift and so on), and the
   * address of the bins, zero at first, with one more after them for anything. Result: how many are below `low`.
   */
  histogram?: Expr;
}

/** The compiled shape of a pass: parameters are (count, one byte offset per pointer, one f32 per scalar). */
export interface EmittedPass {
  /** The function for pointers of a width. */
  spec(address: Address): FunctionSpec;
  pointers: string[];
  scalars: string[];
  /** Equal for passes that compile to the same code. */
  key: string;
}

export const HISTOGRAM_BINS = 2048;

// Four vectors an iteration: the loop's own work disappears, and loads of the next overlap divisions of the last.
const UNROLL = 4;
const LANES = 4;

/** Emits the pass as an exported function `run`. */
export function emitPass({ buffers, values, squares = [], histogram }: Pass): EmittedPass {
  const wanted = [...values, ...squares, ...(histogram ? [histogram] : [])];
  const { instructions, outputs } = lower(wanted);
  const named = (op: string) => [...new Set(instructions.flatMap((i) => (i.op === op ? [i.name!] : [])))];
  const pointers = [...new Set([...buffers, ...named('buffer')])];
  const scalars = named('scalar');
  const pointer = (name: string) => 1 + pointers.indexOf(name);
  const firstScalar = 1 + pointers.length;
  const extra = firstScalar + scalars.length;
  const [low, shift, bins] = [extra, extra + 1, extra + 2];
  const firstValue = extra + (histogram ? 3 : 0);
  const outputAt = (output: number) => local.get(firstValue + outputs[output]);

  const compute = (at: Instruction, load: (pointer: number) => Code): Code => {
    const args = at.args.flatMap((arg) => local.get(firstValue + arg));
    switch (at.op) {
      case 'const':
        return [...f32.const(at.value!), ...f32x4.splat];
      case 'scalar':
        return [...local.get(firstScalar + scalars.indexOf(at.name!)), ...f32x4.splat];
      case 'buffer':
        return load(pointer(at.name!));
      case 'select': {
        const [mask, yes, no] = at.args;
        return [...[yes, no, mask].flatMap((arg) => local.get(firstValue + arg)), ...v128.bitselect];
      }
      default:
        return [...args, ...f32x4[at.op]];
    }
  };
  const block = (uniform: boolean, load: (pointer: number) => Code): Code =>
    instructions.flatMap((at, index) =>
      at.uniform === uniform ? [...compute(at, load), ...local.set(firstValue + index)] : [],
    );
  const step = (load: (pointer: number) => Code, store: Code): Code => [
    ...block(false, load),
    ...buffers.flatMap((name, k) => [...local.get(pointer(name)), ...outputAt(k), ...store]),
  ];

  // Locals after the values: per sum of squares two vectors of doubles for each of the unrolled vectors (an addition need
  // not wait for the one before it), one double for the tail, one temporary.
  const firstSum = firstValue + instructions.length;
  const accumulator = (sum: number, i: number) => firstSum + sum * 2 * UNROLL + i;
  const tail = (sum: number) => firstSum + squares.length * 2 * UNROLL + sum;
  const temporary = firstSum + squares.length * (2 * UNROLL + 1);
  const sumVector = (sum: number, i: number): Code =>
    [0, 1].flatMap((half) => {
      const into = accumulator(sum, 2 * i + half);
      return [
        ...outputAt(values.length + sum),
        ...(half ? [...outputAt(values.length + sum), ...v128.upper] : []),
        ...f64x2.promoteLow,
        ...[...local.set(temporary), ...local.get(temporary), ...local.get(temporary), ...f64x2.mul],
        ...[...local.get(into), ...f64x2.add, ...local.set(into)],
      ];
    });
  const temporaryDouble = temporary + 1;
  const sumOne = (sum: number): Code => [
    ...[...outputAt(values.length + sum), ...f32x4.extractLane(0), ...f64.promote],
    ...[...local.set(temporaryDouble), ...local.get(temporaryDouble), ...local.get(temporaryDouble)],
    ...[...f64.mul, ...local.get(tail(sum)), ...f64.add, ...local.set(tail(sum))],
  ];
  const sumResult = (sum: number): Code => [
    ...Array.from({ length: 2 * UNROLL }, (_, i) => [
      ...local.get(accumulator(sum, i)),
      ...(i > 0 ? f64x2.add : []),
    ]).flat(),
    ...[...local.set(temporary), ...local.get(temporary), ...f64x2.extractLane(0)],
    ...[...local.get(temporary), ...f64x2.extractLane(1), ...f64.add, ...local.get(tail(sum)), ...f64.add],
  ];

  // Locals of a histogram: places in it (bytes), how many are below, an address.
  const [places, below, address1] = [temporaryDouble + 1, temporaryDouble + 2, temporaryDouble + 3];
  /** Dead lanes of the tail go where nothing is read, and are not below. */
  const count = (address: Address, dead: boolean): Code => [
    ...[...outputAt(wanted.length - 1), ...v128.const([0, 0, 0, 0].map(() => 0x7fffffff)), ...v128.and],
    ...[...local.set(places), ...local.get(below)],
    ...[...local.get(places), ...local.get(low), ...i32x4.splat, ...i32x4.ltS],
    ...(dead ? [...v128.const([-1, 0, 0, 0]), ...v128.and] : []),
    ...[...i32x4.sub, ...local.set(below)],
    // Below `low` the difference wraps to more than any bin.
    ...[...local.get(places), ...local.get(low), ...i32x4.splat, ...i32x4.sub],
    ...[...local.get(shift), ...i32x4.shrU],
    ...(dead ? [...v128.const([0, -1, -1, -1]), ...v128.or] : []),
    ...[...v128.const(new Array(4).fill(HISTOGRAM_BINS)), ...i32x4.minU, ...local.set(places)],
    ...[
      ...local.get(places),
      ...v128.const(new Array(4).fill(HISTOGRAM_BINS)),
      ...i32x4.ltU,
      ...v128.anyTrue,
    ],
    ...when([
      ...[...local.get(places), ...i32.const(2), ...i32x4.shl, ...local.set(places)],
      ...[0, 1, 2, 3].flatMap((lane) => [
        ...[...local.get(places), ...i32x4.extractLane(lane), ...address.extend],
        ...[...local.get(bins), ...address.add, ...count1(address1)],
      ]),
    ]),
  ];
  const countResult: Code = [0, 1, 2, 3].flatMap((lane) => [
    ...[...local.get(below), ...i32x4.extractLane(lane), ...(lane > 0 ? i32.add : [])],
  ]);

  const body = (address: Address): Code => {
    const vectors = Array.from({ length: UNROLL }, (_, i) => [
      ...step((p) => [...local.get(p), ...v128.load(16 * i)], v128.store(16 * i)),
      ...squares.flatMap((_, sum) => sumVector(sum, i)),
      ...(histogram ? count(address, false) : []),
    ]).flat();
    // The tail runs the same vector arithmetic with one live lane, so a coordinate gets the same bits wherever
    // in a vector, or in a split of the range, it happens to lie.
    const single = [
      ...step((p) => [...local.get(p), ...v128.load32()], v128.store32()),
      ...squares.flatMap((_, sum) => sumOne(sum)),
      ...(histogram ? count(address, true) : []),
    ];
    const all = pointers.map((_, k) => 1 + k);
    return [
      ...block(true, () => []),
      ...countedLoop(address, 0, UNROLL * LANES, all, vectors),
      ...countedLoop(address, 0, 1, all, single),
      ...squares.flatMap((_, sum) => sumResult(sum)),
      ...(histogram ? countResult : []),
    ];
  };
  const vectorLocals = instructions.length + squares.length * 2 * UNROLL;
  return {
    pointers,
    scalars,
    key: JSON.stringify([
      [buffers, outputs, squares.length, Boolean(histogram)],
      instructions.map((i) => [i.op, i.args, i.name, String(i.value), Object.is(i.value, -0)]),
    ]),
    spec: (address) => ({
      name: 'run',
      params: [
        ...[address.type, ...pointers.map(() => address.type), ...scalars.map(() => 'f32' as const)],
        ...(histogram ? (['i32', 'i32', address.type] as const) : []),
      ],
      results: [...squares.map(() => 'f64' as const), ...(histogram ? (['i32'] as const) : [])],
      locals: [
        ...new Array<ValueType>(vectorLocals).fill('v128'),
        ...new Array<ValueType>(squares.length).fill('f64'),
        ...(['v128', 'f64', 'v128', 'v128', address.type] as const),
      ],
      body: body(address),
    }),
  };
}
