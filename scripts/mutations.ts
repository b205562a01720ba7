// Small changes of instructions and registers in the code that writes machine code.
// Each makes it wrong, so tests must fail.

export interface Mutation {
  /** A part of src/. */
  file: string;
  /** Text that stands in the file once, and what takes its place. */
  from: string;
  to: string;
}

const changes = (file: string, ...pairs: [from: string, to: string][]): Mutation[] =>
  pairs.map(([from, to]) => ({ file, from, to }));

const NODES = 'runtime/targets/x64/nodes';
const PASSES = 'runtime/targets/x64/passes';
const X64 = 'assembly/x64';

/** In kernels and passes: tests of their results see them, on a processor that has AVX2 alone. */
export const inKernels: readonly Mutation[] = [
  ...changes(
    `${NODES}/tile.ts`,
    ['v.addProduct(sum, left, right[j])', 'v.addProduct(sum, left, right[0])'],
    ['at(a.at, i * a.row + u * a.step)', 'at(a.at, i * a.row)'],
    ['v.addProductOfOne(row[0], right[0], number)', 'v.addProductOfOne(row[0], row[0], number)'],
  ),
  ...changes(
    `${NODES}/product.ts`,
    ['v.addProduct(x, before, factors.beta)', 'v.add(x, x, before)'],
    ['v.store(at(c, offset), x, part)', 'v.store(at(c, offset), x)'],
    ['b: { at: walkB, step: ofB, tail: packB ? undefined : tail }', 'b: { at: walkB, step: ofB }'],
    ['asm.add(block.a, FLOAT * rows);', 'asm.add(block.a, FLOAT);'],
  ),
  ...changes(
    `${NODES}/pack.ts`,
    ['v.store(at(target, j * to), transposed[j])', 'v.store(at(target, j * to), registers[j])'],
    ['a.add(target, FLOAT * lanes - columns * to)', 'a.add(target, -columns * to)'],
  ),
  ...changes(
    `${NODES}/exp.ts`,
    ['v.subProduct(x, n, low)', 'v.addProduct(x, n, low)'],
    ['v.greater(x, least, x)', 'v.lesser(x, least, x)'],
    ['v.sub(s, s, one)', 'v.add(s, s, one)'],
  ),
  ...changes(
    `${NODES}/softmax.ts`,
    ['v.greater(largest, largest, x)', 'v.lesser(largest, largest, x)'],
    ['v.add(total, total, x)', 'v.add(total, x, x)'],
    ['growing?.grow();', ''],
  ),
  ...changes(
    `${NODES}/heads.ts`,
    ['at(to, FLOAT * length * (lanes * c + j))', 'at(to, FLOAT * length * lanes * c)'],
    ['move(others * stride.head + 2 * stride.part,', 'move(others * stride.head + stride.part,'],
  ),
  ...changes(`${NODES}/rotate.ts`, ['if (back) v.subProduct(', 'if (back) v.addProduct(']),
  ...changes(
    `${NODES}/self-attention-grad.ts`,
    ['v.sub(x, x, dot)', 'v.sub(x, dot, x)'],
    ["v.acrossLanes('add', dot)", "v.acrossLanes('greater', dot)"],
  ),
  ...changes(
    `${NODES}/cross-entropy.ts`,
    ['v.greater(sides[i], sides[i], place(read, i))', 'v.lesser(sides[i], sides[i], place(read, i))'],
    ['v.add(sum, sum, sides[i])', 'v.add(sum, sum, sides[0])'],
    ['v.addDouble(total, total, sum)', 'v.add(total, total, sum)'],
  ),
  ...changes(
    `${NODES}/rms-norm.ts`,
    ['v.addProduct(registers[c], a, b)', 'v.addProduct(registers[0], a, b)'],
    ['v.timesPlus(t, factor, u)', 'v.addProduct(t, factor, u)'],
    ['v.add(t, t, u);\n      }', 'v.add(t, u, u);\n      }'],
  ),
  ...changes(`${NODES}/swiglu.ts`, ['v.addProduct(s, gate, t)', 'v.subProduct(s, gate, t)']),
  ...changes(
    `${NODES}/lookup.ts`,
    ['a.addRegister(index, table)', 'a.addRegister(index, rows)'],
    ['a.copy(walk, table)', 'a.copy(walk, x)'],
  ),
  ...changes(`${NODES}/rows.ts`, ['if (n % v.lanes > 0)', 'if (n % v.lanes > 1)']),
  ...changes(
    `${PASSES}/arithmetic.ts`,
    ['binary(lesser)(to, [b, a])', 'binary(lesser)(to, [a, b])'],
    ['v.sub(to, T, to)', 'v.sub(to, T, T)'],
    ["v.compare('eq or NaN', mask, x, signBits)", "v.compare('eq', mask, x, signBits)"],
  ),
  ...changes(
    `${PASSES}/emit.ts`,
    ['v.upperHalf(U, block)', 'v.load(U, block)'],
    ['v.addDouble(T, T, tail);\n      v.storeDouble(result, T)', 'v.storeDouble(result, T)'],
  ),
];

/** In the encoding of instructions: golden bytes see them on any processor, whatever the instruction set. */
export const inEncodings: readonly Mutation[] = [
  ...changes(
    `${X64}/encoder.ts`,
    ['((~first & 16) >> 1)', '((~first & 16) >> 2)'],
    ['spread ? 4 : unit', 'unit'],
    ['(base & 7) !== 5 ? 0', '(base & 7) !== 4 ? 0'],
    ['((~reg & 8) << 4) | 0x40 | ((~base & 8) << 2) | map', '((~reg & 8) << 4) | 0x60 | map'],
    ['mask > 0 && !merge ? 0x80 : 0', 'mask > 0 ? 0x80 : 0'],
  ),
  ...changes(
    `${X64}/avx512.ts`,
    [
      '(to: number, from: number) => this.all(WITHIN, to, 0, from, 0xb1)',
      '(to: number, from: number) => this.all(WITHIN, to, 0, from, 0x4e)',
    ],
    ['this.all(SCALE, to, a, n)', 'this.all(SCALE, to, n, a)'],
    ['this.all(GROUPS, to, a, b, 0xdd)', 'this.all(GROUPS, to, b, a, 0xdd)'],
    ['{ mask: mask as number, merge: true });\n  }\n\n  zero', '{ mask: mask as number });\n  }\n\n  zero'],
    ['this.a.pool([2 ** lanes - 1])', 'this.a.pool([2 ** lanes])'],
  ),
  ...changes(
    `${X64}/avx2.ts`,
    ['this.all(HALVES, to, from, from, 1)', 'this.all(HALVES, to, from, from, 0)'],
    ['this.all(AND_NOT, SCRATCH, SCRATCH, fill)', 'this.all(AND, SCRATCH, SCRATCH, fill)'],
    ['this.all(BLEND, to, no, yes, mask << 4)', 'this.all(BLEND, to, no, yes, mask)'],
    ['grow: () => this.a.sub(at, 4)', 'grow: () => this.a.add(at, 4)'],
    ['UNITS + BIAS', 'UNITS'],
  ),
  ...changes(
    `${X64}/vectors.ts`,
    ['const SUB_PRODUCT = fused(0xbc)', 'const SUB_PRODUCT = fused(0xbe)'],
    ['const LESSER = float(0x5d)', 'const LESSER = float(0x5f)'],
  ),
  ...changes(
    `${X64}/function.ts`,
    ['shadow + 8 * Math.max(0, calls - carried.length)', '8 * Math.max(0, calls - carried.length)'],
    ['const odd = (saved.length + 1) % 2', 'const odd = saved.length % 2'],
    ['a.copy(to, carried[i])', 'a.copy(carried[i], to)'],
  ),
  ...changes(
    `${X64}/convention.ts`,
    ['kept: [rbx, rbp, rdi, rsi, 12, 13, 14, 15]', 'kept: [rbx, rbp, 12, 13, 14, 15]'],
    ['[6, 7, 8, 9, 10, 11, 12, 13, 14, 15]', '[7, 8, 9, 10, 11, 12, 13, 14, 15]'],
  ),
  ...changes(
    `${X64}/assembler.ts`,
    ['register > 7 ? [0x41] : []), 0x58', 'register > 7 ? [0x49] : []), 0x58'],
    ["'not below': 3", "'not below': 7"],
    ['this.general(0x01, from, to)', 'this.general(0x01, to, from)'],
  ),
];
