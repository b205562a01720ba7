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
  i32shl,
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
  /**
   * Expressions whose squares are summed, always in the same order: the results of the function. Four squares at a time
   * are added in float32, those sums in float64, which is half as dear as float64 throughout and good to nine
   * digits; squares must stay between 1e-38 and 1e38.
   */
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

  // Locals after the values: per sum of squares a vector of floats, two of doubles and a double for the tail; then
  // temporaries.
  const firstSum = firstValue + instructions.length;
  const quarter = (sum: number) => firstSum + 3 * sum;
  const accumulator = (sum: number, half: number) => firstSum + 3 * sum + 1 + half;
  const tail = (sum: number) => firstSum + 3 * squares.length + sum;
  const temporary = firstSum + 4 * squares.length;
  const temporaryDouble = temporary + 1;
  const sumVector = (sum: number, i: number): Code => {
    const value = outputAt(values.length + sum);
    const q = local.get(quarter(sum));
    return [
      ...[
        ...value,
        ...value,
        ...f32x4.mul,
        ...(i > 0 ? [...q, ...f32x4.add] : []),
        ...local.set(quarter(sum)),
      ],
      ...(i < UNROLL - 1 ? [] : [0, 1]).flatMap((half) => [
        ...[...q, ...(half ? [...q, ...v128.upper] : []), ...f64x2.promoteLow],
        ...[...local.get(accumulator(sum, half)), ...f64x2.add, ...local.set(accumulator(sum, half))],
      ]),
    ];
  };
  const sumOne = (sum: number): Code => [
    ...[...outputAt(values.length + sum), ...f32x4.extractLane(0), ...f64.promote],
    ...[...local.set(temporaryDouble), ...local.get(temporaryDouble), ...local.get(temporaryDouble)],
    ...[...f64.mul, ...local.get(tail(sum)), ...f64.add, ...local.set(tail(sum))],
  ];
  const sumResult = (sum: number): Code => [
    ...[...local.get(accumulator(sum, 0)), ...local.get(accumulator(sum, 1)), ...f64x2.add],
    ...[...local.set(temporary), ...local.get(temporary), ...f64x2.extractLane(0)],
    ...[...local.get(temporary), ...f64x2.extractLane(1), ...f64.add, ...local.get(tail(sum)), ...f64.add],
  ];

  // Locals of a histogram: distances from `low` of each unrolled vector, how many are below, places, an address.
  const distance = (i: number) => temporaryDouble + 1 + i;
  const [below, places, address1] = [0, 1, 2].map((k) => temporaryDouble + 1 + UNROLL + k);
  const [lows, last] = [address1 + 1, address1 + 2];
  const countSetup: Code = [
    ...[...local.get(low), ...i32x4.splat, ...local.set(lows)],
    ...[...i32.const(HISTOGRAM_BINS), ...local.get(shift), ...i32shl, ...i32.const(1), ...i32.sub],
    ...[...i32x4.splat, ...local.set(last)],
  ];
  /** Leaves the lanes that are counted in a bin. Dead lanes of the tail are neither there nor below. */
  const classify = (i: number, dead: boolean): Code => [
    ...[...outputAt(wanted.length - 1), ...v128.const([0, 0, 0, 0].map(() => 0x7fffffff)), ...v128.and],
    ...[...local.get(lows), ...i32x4.sub],
    ...(dead ? [...v128.const([0, 0x7fffffff, 0x7fffffff, 0x7fffffff]), ...v128.or] : []),
    ...(dead ? [...v128.const([-1, 0x7fffffff, 0x7fffffff, 0x7fffffff]), ...v128.and] : []),
    ...[...local.set(distance(i)), ...local.get(distance(i)), ...i32.const(31), ...i32x4.shrS],
    ...[...local.set(places), ...local.get(below), ...local.get(places), ...i32x4.sub, ...local.set(below)],
    ...[...local.get(distance(i)), ...local.get(last), ...i32x4.leS, ...local.get(places), ...v128.andNot],
  ];
  /** Counts the lanes of a vector; those that are in no bin go where nothing is read. */
  const enter = (address: Address, i: number): Code => [
    ...[...local.get(distance(i)), ...local.get(shift), ...i32x4.shrU],
    ...[...v128.const(new Array(4).fill(HISTOGRAM_BINS)), ...i32x4.minU],
    ...[...i32.const(2), ...i32x4.shl, ...local.set(places)],
    ...[0, 1, 2, 3].flatMap((lane) => [
      ...[...local.get(places), ...i32x4.extractLane(lane), ...address.extend],
      ...[...local.get(bins), ...address.add, ...count1(address1)],
    ]),
  ];
  const countResult: Code = [0, 1, 2, 3].flatMap((lane) => [
    ...[...local.get(below), ...i32x4.extractLane(lane), ...(lane > 0 ? i32.add : [])],
  ]);

  const body = (address: Address): Code => {
    // Whether any lane is to be counted is asked once for two vectors, so that few of the questions are branches.
    const vectors = Array.from({ length: UNROLL }, (_, i) => [
      ...step((p) => [...local.get(p), ...v128.load(16 * i)], v128.store(16 * i)),
      ...squares.flatMap((_, sum) => sumVector(sum, i)),
      ...(histogram ? classify(i, false) : []),
      ...(histogram && i % 2 === 1
        ? [...v128.or, ...v128.anyTrue, ...when([...enter(address, i - 1), ...enter(address, i)])]
        : []),
    ]).flat();
    // The tail runs the same vector arithmetic with one live lane, so a coordinate gets the same bits wherever
    // in a vector, or in a split of the range, it happens to lie.
    const single = [
      ...step((p) => [...local.get(p), ...v128.load32()], v128.store32()),
      ...squares.flatMap((_, sum) => sumOne(sum)),
      ...(histogram ? [...classify(0, true), ...v128.anyTrue, ...when(enter(address, 0))] : []),
    ];
    const all = pointers.map((_, k) => 1 + k);
    return [
      ...block(true, () => []),
      ...(histogram ? countSetup : []),
      ...countedLoop(address, 0, UNROLL * LANES, all, vectors),
      ...countedLoop(address, 0, 1, all, single),
      ...squares.flatMap((_, sum) => sumResult(sum)),
      ...(histogram ? countResult : []),
    ];
  };
  const vectorLocals = instructions.length + 3 * squares.length;
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
        ...(['v128', 'f64'] as const),
        ...(histogram ? new Array<ValueType>(UNROLL + 2).fill('v128') : []),
        ...(histogram ? ([address.type, 'v128', 'v128'] as const) : []),
      ],
      body: body(address),
    }),
  };
}
