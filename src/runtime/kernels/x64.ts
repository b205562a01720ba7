// The same passes as emit.ts in instructions of x64 with AVX2: the same order of operations, twice the lanes, the same bits.
// The block that function and caller share (x64-function.ts) also holds every number that is the same for all coordinates, eight
// times over.
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
  unlessBits,
} from '../../core/x64-code.ts';
import type { Instruction } from '../../optim/expr.ts';
import { type Pass, type PassProgram, programOf } from './program.ts';
import { BLOCK_BITS } from './sums.ts';
import { LANES, UNROLL } from './tap.ts';
import { arithmetic, type Constants, inRegister, T, U } from './x64-arithmetic.ts';
import { inBlock, type MachineFunction } from './x64-function.ts';
import { allocate, readInPlace } from './x64-registers.ts';

/** Elements of an iteration: as many as in emit.ts, since blocks of sums end with iterations. */
const STEP = UNROLL * LANES;
const WIDTH = 8;

export interface MachinePass extends MachineFunction, Pick<PassProgram, 'pointers' | 'scalars'> {
  constants: number[];
}

/** The function of a pass; undefined where it needs more registers than there are, or counts sizes. */
export function emitMachinePass(pass: Pass): MachinePass | undefined {
  if (pass.histogram || pass.bracket) return undefined;
  const program = programOf(pass);
  const { instructions, outputs, squares, pointers, scalars, key } = program;
  const block = blockOf(program);
  const { own, uniform } = block;
  // Values from the first register up, sums from the last that is not a temporary down.
  const values = Math.min(T, U) - squares.length;
  const registers = allocate(program, values);
  const [count, ...free] = FREE;
  if (!registers || pointers.length > free.length) return undefined;
  const inPlace = readInPlace(program);
  const [signBits = own.signBits, ones = own.ones, otherBits = own.otherBits]: Operand[] = [
    ...registers.free,
  ];
  const fast = { signBits, ones, otherBits };
  const sums = squares.map((of, k) => sum(values + k, of, block.sums[k]));
  const slots = (index: number): Operand => uniform[index]!;
  const place = (index: number): Operand => registers.of[index] ?? slots(index);
  const pointer = (name: string) => free[pointers.indexOf(name)];
  const compute = (one: Instruction, to: number, at: { own: Constants; from: Find; load: Load }): Code => {
    const { op, args, name, value } = one;
    switch (op) {
      case 'const':
        return f32x8.broadcast(to, block.constant(value!));
      case 'scalar':
        return f32x8.broadcast(to, block.scalar(name!));
      case 'buffer':
        return at.load(to, pointer(name!));
      default:
        return arithmetic(at.own)[op](to, args.map(at.from));
    }
  };
  const inRegisters = (vector: Operand, slot: At | undefined): Code =>
    typeof vector === 'number' && slot ? f32x8.load(vector, slot) : [];
  const before = [
    ...bitMasks(own),
    ...[...f32x8.broadcast(T, block.constant(1)), ...f32x8.store(own.ones, T)],
    ...instructions.flatMap((i, index) => {
      const slot = uniform[index];
      return slot ? [...compute(i, 0, { own, from: slots, load: noLoad }), ...f32x8.store(slot, 0)] : [];
    }),
    ...uniform.flatMap((slot, index) => inRegisters(registers.of[index], slot)),
    ...(['signBits', 'ones', 'otherBits'] as const).flatMap((name) => inRegisters(fast[name], own[name])),
    ...sums.flatMap(({ before }) => before),
  ];
  /** A step at the places that the pointers point to, and `offset` bytes on. */
  const step = (
    offset: number,
    { load, store }: typeof f32,
    from: Find,
    inPlace: readonly boolean[],
  ): Code => {
    const here = (base: number): At => ({ base, offset });
    return [
      ...instructions.flatMap((one, index) =>
        one.uniform || inPlace[index]
          ? []
          : compute(one, registers.of[index], { own: fast, from, load: (to, base) => load(to, here(base)) }),
      ),
      ...pass.buffers.flatMap((name, k) => {
        const [code, from] = inRegister(place(outputs[k]), T);
        return [...code, ...store(here(pointer(name)), from)];
      }),
    ];
  };
  const vectors = Array.from({ length: STEP / WIDTH }, (_, i) => {
    const offset = 4 * WIDTH * i;
    const find: Find = (index) =>
      inPlace[index] ? { base: pointer(instructions[index].name!), offset } : place(index);
    return [...step(offset, f32x8, find, inPlace), ...sums.flatMap(({ of, vector }) => vector(place(of)))];
  }).flat();
  const single = [...step(0, f32, place, []), ...sums.flatMap(({ of, single }) => single(place(of)))];
  const flush = sums.flatMap(({ flush }) => flush);
  const all = pointers.map(pointer);
  const code = [
    ...before,
    ...i64.load(count, inBlock(block.layout.count)),
    ...all.flatMap((register, k) => i64.load(register, inBlock(block.layout.pointers + 8 * k))),
    ...countedLoop(count, STEP, all, [
      ...vectors,
      ...(sums.length > 0 ? unlessBits(count, BLOCK_BITS, flush) : []),
    ]),
    ...countedLoop(count, 1, all, single),
    ...flush,
    ...sums.flatMap(({ end }) => end),
    ...leave,
  ];
  return { code, constants: block.constants, pointers, scalars, key, layout: block.layout };
}

type Find = (index: number) => Operand;
type Load = (to: number, pointer: number) => Code;
const noLoad: Load = () => {
  throw new Error('a value that is the same for all coordinates has no buffer');
};

/** What is where in the block. */
function blockOf({ instructions, squares, pointers, scalars }: PassProgram) {
  let size = 0;
  const room = (bytes: number, align: number): number => {
    const offset = Math.ceil(size / align) * align;
    size = offset + bytes;
    return offset;
  };
  const vector = () => inBlock(room(4 * WIDTH, 4 * WIDTH));
  // Every constant is one instruction (-0 and 0 are two); signs need a one.
  const constants = [1, ...instructions.flatMap((i) => (i.op === 'const' ? [i.value!] : []))];
  const layout = {
    count: room(8, 8),
    pointers: room(8 * pointers.length, 8),
    scalars: room(4 * (scalars.length + constants.length), 4),
    results: room(8 * squares.length, 8),
    sums: squares.length,
  };
  const number = (k: number) => inBlock(layout.scalars + 4 * k);
  return {
    constants,
    scalar: (name: string) => number(scalars.indexOf(name)),
    constant: (value: number) => number(scalars.length + constants.findIndex((one) => Object.is(one, value))),
    own: { signBits: vector(), otherBits: vector(), ones: vector() },
    /** By instruction. */
    uniform: instructions.map((i) => (i.uniform ? vector() : undefined)),
    sums: squares.map((_, k) => ({
      halves: [vector(), vector()],
      tail: inBlock(room(8, 8)),
      result: inBlock(layout.results + 8 * k),
    })),
    // After all the others.
    layout: { ...layout, size },
  };
}

/** All bits from a comparison that holds, of these the lower 31, and the one that is left. */
const bitMasks = ({ signBits, otherBits }: Record<keyof Constants, At>): Code => [
  ...f32x8.xor(T, T, T),
  ...f32x8.compare('eq', U, T, T),
  ...f32x8.shiftRight(T, U, 1),
  ...[...f32x8.store(otherBits, T), ...f32x8.xor(T, T, U), ...f32x8.store(signBits, T)],
];

/** The sum of instruction `of` as in sums.ts: the block's in a register, those of blocks before it in memory. */
function sum(block: number, of: number, at: { halves: At[]; tail: At; result: At }) {
  const { halves, tail, result } = at;
  const [low, high] = halves;
  return {
    of,
    before: [
      ...[...f32x8.xor(block, block, block), ...f64.store(tail, block)],
      ...halves.flatMap((half) => f32x8.store(half, block)),
    ],
    vector: (value: Operand): Code => f32x8.add(block, block, value),
    single(value: Operand): Code {
      const [code, register] = inRegister(value, T);
      return [...code, ...f64.promote(T, register), ...f64.add(T, T, tail), ...f64.store(tail, T)];
    },
    flush: [
      ...[...f64x4.promote(T, block), ...f64x4.add(T, T, low), ...f32x8.store(low, T)],
      ...[...f32x8.upper(U, block), ...f64x4.promote(T, U)],
      ...[...f64x4.add(T, T, high), ...f32x8.store(high, T), ...f32x8.xor(block, block, block)],
    ],
    end: [
      ...[...f32x8.load(T, low), ...f64x4.add(T, T, high)],
      ...[...f32x8.upper(U, T), ...f64x2.add(T, T, U)],
      ...[...f64x2.upper(U, T), ...f64.add(T, T, U), ...f64.add(T, T, tail), ...f64.store(result, T)],
    ],
  };
}
