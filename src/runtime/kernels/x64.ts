// The same passes as emit.ts in instructions of x64 with AVX2: the same order of operations, twice the lanes, the same bits.
// Function and caller share a block of memory, whose address is the only argument: what to work on, what came of it, and
// every number that is the same for all coordinates, eight times over.
import {
  type At,
  type Code,
  countedLoop,
  FREE,
  f32,
  f32x8,
  f64,
  f64x2,
  f64x4,
  i64,
  leave,
  type Operand,
  rdi,
  unlessBits,
} from '../../core/x64-code.ts';
import type { Instruction } from '../../optim/expr.ts';
import { type Pass, type PassProgram, programOf } from './program.ts';
import { BLOCK_BITS } from './squares.ts';
import { LANES, UNROLL } from './tap.ts';

/** Elements of an iteration: as many as in emit.ts, since blocks of squares end with iterations. */
const STEP = UNROLL * LANES;
const WIDTH = 8;

// Vector registers: temporaries of one instruction; the others hold values, and from the top down sums of squares.
const [T, U] = [15, 14];
const VALUES = 14;

/** Where in the block things are, in bytes. */
export interface Layout {
  count: number;
  pointers: number;
  /** float32, constants after the scalars. */
  scalars: number;
  /** float64, one for every sum of squares. */
  results: number;
  sums: number;
  size: number;
}

export interface MachinePass extends Pick<PassProgram, 'pointers' | 'scalars' | 'key'> {
  code: Code;
  constants: number[];
  layout: Layout;
}

/** The function of a pass; undefined where it needs more registers than there are, or counts sizes. */
export function emitMachinePass(pass: Pass): MachinePass | undefined {
  const { buffers, values, squares = [], histogram, bracket } = pass;
  if (histogram || bracket) return undefined;
  const program = programOf(pass, squares);
  const { instructions, outputs, pointers, scalars, key } = program;
  const registers = allocate(program, VALUES - squares.length);
  const [count, ...free] = FREE;
  if (!registers || pointers.length > free.length) return undefined;

  // 1. The block.
  let size = 0;
  const room = (bytes: number, align: number) => {
    const at = Math.ceil(size / align) * align;
    size = at + bytes;
    return at;
  };
  // Every constant is one instruction (-0 and 0 are two).
  const constants = instructions.flatMap((i) => (i.op === 'const' ? [i.value!] : []));
  const layout = {
    count: room(8, 8),
    pointers: room(8 * pointers.length, 8),
    scalars: room(4 * (scalars.length + constants.length), 4),
    results: room(8 * squares.length, 8),
    sums: squares.length,
  };
  const at = (offset: number): At => ({ base: rdi, offset });
  const vector = () => at(room(4 * WIDTH, 32));
  const [signBits, otherBits] = [vector(), vector()];
  const uniform = instructions.map((i) => (i.uniform ? vector() : undefined));
  const sums = squares.map((_, k) => ({
    block: VALUES - 1 - k,
    halves: [vector(), vector()],
    tail: at(room(8, 8)),
    result: at(layout.results + 8 * k),
  }));
  const slots = (index: number): Operand => uniform[index]!;
  const place = (index: number): Operand => registers[index] ?? slots(index);
  const pointer = (name: string) => free[pointers.indexOf(name)];

  // 2. Instructions.
  const scalar = (k: number) => at(layout.scalars + 4 * k);
  const compute = ({ op, args, name, value }: Instruction, to: number, load: Load, from = place): Code => {
    const operands = args.map(from);
    switch (op) {
      case 'const':
        return f32x8.broadcast(
          to,
          scalar(scalars.length + constants.findIndex((one) => Object.is(one, value))),
        );
      case 'scalar':
        return f32x8.broadcast(to, scalar(scalars.indexOf(name!)));
      case 'buffer':
        return load(to, pointer(name!));
      default:
        return calculate[op](to, operands, { signBits, otherBits });
    }
  };
  const before = [
    ...bitMasks(signBits, otherBits),
    ...instructions.flatMap((i, index) => {
      const slot = uniform[index];
      return slot ? [...compute(i, 0, noLoad, slots), ...f32x8.store(slot, 0)] : [];
    }),
    ...uniform.flatMap((slot, index) =>
      slot && registers[index] !== undefined ? f32x8.load(registers[index], slot) : [],
    ),
    ...sums.flatMap(({ block, halves, tail }) => [
      ...[...f32x8.xor(block, block, block), ...f64.store(tail, block)],
      ...halves.flatMap((half) => f32x8.store(half, block)),
    ]),
  ];
  const step = (load: Load, store: Store): Code => [
    ...instructions.flatMap((i, index) => (i.uniform ? [] : compute(i, registers[index], load))),
    ...buffers.flatMap((name, k) => {
      const [code, from] = inRegister(place(outputs[k]), T);
      return [...code, ...store(pointer(name), from)];
    }),
  ];
  const squared = (k: number) => inRegister(place(outputs[values.length + k]), T);
  const vectors = Array.from({ length: STEP / WIDTH }, (_, i) => [
    ...step(
      (to, base) => f32x8.load(to, { base, offset: 4 * WIDTH * i }),
      (base, from) => f32x8.store({ base, offset: 4 * WIDTH * i }, from),
    ),
    ...sums.flatMap(({ block }, k) => {
      const [code, value] = squared(k);
      return [...code, ...f32x8.mul(T, value, value), ...f32x8.add(block, block, T)];
    }),
  ]).flat();
  const flush = sums.flatMap(({ block, halves }) => [
    ...[...f64x4.promote(T, block), ...f64x4.add(T, T, halves[0]), ...f32x8.store(halves[0], T)],
    ...[...f32x8.upper(U, block), ...f64x4.promote(T, U)],
    ...[...f64x4.add(T, T, halves[1]), ...f32x8.store(halves[1], T), ...f32x8.xor(block, block, block)],
  ]);
  const single = [
    ...step(
      (to, base) => f32.load(to, { base, offset: 0 }),
      (base, from) => f32.store({ base, offset: 0 }, from),
    ),
    ...sums.flatMap(({ tail }, k) => {
      const [code, value] = squared(k);
      return [
        ...[...code, ...f64.promote(T, value), ...f64.mul(T, T, T)],
        ...[...f64.add(T, T, tail), ...f64.store(tail, T)],
      ];
    }),
  ];
  const all = pointers.map(pointer);
  const code = [
    ...before,
    ...i64.load(count, at(layout.count)),
    ...all.flatMap((register, k) => i64.load(register, at(layout.pointers + 8 * k))),
    ...countedLoop(count, STEP, all, [
      ...vectors,
      ...(sums.length > 0 ? unlessBits(count, BLOCK_BITS, flush) : []),
    ]),
    ...countedLoop(count, 1, all, single),
    ...flush,
    ...sums.flatMap(({ halves, tail, result }) => [
      ...[...f32x8.load(T, halves[0]), ...f64x4.add(T, T, halves[1])],
      ...[...f32x8.upper(U, T), ...f64x2.add(T, T, U)],
      ...[...f64x2.upper(U, T), ...f64.add(T, T, U), ...f64.add(T, T, tail), ...f64.store(result, T)],
    ]),
    ...leave,
  ];
  return { code, constants, pointers, scalars, key, layout: { ...layout, size } };
}

type Load = (to: number, pointer: number) => Code;
type Store = (pointer: number, from: number) => Code;
const noLoad: Load = () => {
  throw new Error('a value that is the same for all coordinates has no buffer');
};

/** A register that holds the operand: its own, or `temporary` after the code. */
const inRegister = (operand: Operand, temporary: number): [Code, number] =>
  typeof operand === 'number' ? [[], operand] : [f32x8.load(temporary, operand), temporary];

/** All bits from a comparison that holds, of these the lower 31, and the one that is left. */
const bitMasks = (signBits: At, otherBits: At): Code => [
  ...f32x8.xor(T, T, T),
  ...f32x8.compare('eq', U, T, T),
  ...f32x8.shiftRight(T, U, 1),
  ...[...f32x8.store(otherBits, T), ...f32x8.xor(T, T, U), ...f32x8.store(signBits, T)],
];

type Calculate = (to: number, operands: readonly Operand[], masks: { signBits: At; otherBits: At }) => Code;

type BinaryCode = (to: number, a: number, b: Operand) => Code;
/** to <- op(a, b); where operands may change places, one in memory comes second. */
const binary =
  (op: BinaryCode, commutes = false) =>
  (to: number, [a, b]: readonly Operand[]): Code => {
    const [x, y] = commutes && typeof a !== 'number' ? [b, a] : [a, b];
    const [code, register] = inRegister(x, T);
    return [...code, ...op(to, register, y)];
  };
/** Minimum and maximum in both orders: they differ only where there is a NaN, or zeros of both signs. */
const bothOrders =
  (op: BinaryCode, join: (to: number) => Code): Calculate =>
  (to, [a, b]) => {
    const [x, y] = typeof a === 'number' ? [a, b] : [b, a];
    const [first, one] = inRegister(x, to);
    const [second, other] = inRegister(y, U);
    return [...first, ...second, ...op(T, one, other), ...op(U, other, one), ...join(to)];
  };

const calculate: Record<Exclude<Instruction['op'], 'const' | 'scalar' | 'buffer'>, Calculate> = {
  add: binary(f32x8.add, true),
  mul: binary(f32x8.mul, true),
  sub: binary(f32x8.sub),
  div: binary(f32x8.div),
  // WebAssembly's pmin(a, b) is b < a ? b : a.
  pmin: (to, [a, b]) => binary(f32x8.lesser)(to, [b, a]),
  pmax: (to, [a, b]) => binary(f32x8.greater)(to, [b, a]),
  min: bothOrders(f32x8.lesser, (to) => f32x8.or(to, T, U)),
  // Of zeros with both signs the positive one: -0 - -0.
  max: bothOrders(f32x8.greater, (to) => [
    ...[...f32x8.xor(to, T, U), ...f32x8.or(T, T, U), ...f32x8.sub(to, T, to)],
  ]),
  lt: binary((to, a, b) => f32x8.compare('lt', to, a, b)),
  le: binary((to, a, b) => f32x8.compare('le', to, a, b)),
  gt: binary((to, a, b) => f32x8.compare('gt', to, a, b)),
  eq: binary((to, a, b) => f32x8.compare('eq', to, a, b)),
  sqrt: (to, [a]) => f32x8.sqrt(to, a),
  neg: (to, [a], { signBits }) => binary(f32x8.xor)(to, [a, signBits]),
  abs: (to, [a], { otherBits }) => binary(f32x8.and)(to, [a, otherBits]),
  select: (to, [mask, yes, no]) => {
    const [first, where] = inRegister(mask, T);
    const [second, otherwise] = inRegister(no, U);
    return [...first, ...second, ...f32x8.select(to, where, yes, otherwise)];
  },
};

/** Registers by instruction: of all whose value differs between coordinates, or undefined if there are too few. */
function allocate({ instructions, outputs }: PassProgram, available: number): number[] | undefined {
  const lastUse = instructions.map((_, index) => index);
  instructions.forEach(({ args }, index) => {
    for (const arg of args) lastUse[arg] = index;
  });
  for (const output of outputs) lastUse[output] = Number.POSITIVE_INFINITY;
  const free = Array.from({ length: available }, (_, k) => k).reverse();
  const registers: number[] = [];
  for (const [index, { args, uniform }] of instructions.entries()) {
    if (uniform) continue;
    // Operands that are needed no more give their register to the result: they are read before it is written.
    for (const arg of new Set(args))
      if (!instructions[arg].uniform && lastUse[arg] === index) free.push(registers[arg]);
    const register = free.pop();
    if (register === undefined) return undefined;
    registers[index] = register;
    // What nobody reads is still computed, and its register free at once.
    if (lastUse[index] === index) free.push(register);
  }
  // Registers that are left are for what is the same for all coordinates, first for what is read most often.
  const taken = new Set(registers);
  const left = Array.from({ length: available }, (_, k) => k).filter((register) => !taken.has(register));
  const reads = (index: number) => instructions.filter((i) => !i.uniform && i.args.includes(index)).length;
  const read = [...instructions.keys()].filter((index) => instructions[index].uniform && reads(index) > 0);
  read.sort((a, b) => reads(b) - reads(a));
  for (const [k, index] of read.slice(0, left.length).entries()) registers[index] = left[k];
  return registers;
}
