// Matrix products for optimizers that need them: a SIMD tile in a memory of its own, the rest in plain loops.

import { type Address, type Code, countedLoop, f32x4, local, v128 } from '../../../assembly/wasm/code.ts';
import { type FunctionSpec, instantiate } from '../../../assembly/wasm/module.ts';
import type { Floats, MapTools } from '../../../optim/expr.ts';

const [ROWS, COLUMNS] = [4, 8];

/**
 * tile(c, a, b, inner, strides of a and b in bytes, stride of c): c[4][8] = a[4][inner] b[inner][8].
 * Each element is a sum in the order of `inner`, in float32.
 */
function tile(address: Address): FunctionSpec {
  const [c, a, b, inner, aStride, bStride, cStride] = [0, 1, 2, 3, 4, 5, 6];
  const aRow = (row: number) => 7 + row;
  const sum = (row: number, half: number) => 11 + 2 * row + half;
  const [left, right, value] = [19, 20, 21];
  const rows = Array.from({ length: ROWS }, (_, i) => i);
  const plus = (to: number, from: number, stride: number): Code => [
    ...[...local.get(from), ...local.get(stride), ...address.add, ...local.set(to)],
  ];
  const body: Code = [
    ...[...local.get(b), ...v128.load(0), ...local.set(left)],
    ...[...local.get(b), ...v128.load(16), ...local.set(right)],
    ...plus(b, b, bStride),
    ...rows.flatMap((row) => [
      ...[...local.get(aRow(row)), ...v128.load32Splat(), ...local.set(value)],
      ...[0, 1].flatMap((half) => [
        ...[...local.get(sum(row, half)), ...local.get(value), ...local.get(half ? right : left)],
        ...[...f32x4.mul, ...f32x4.add, ...local.set(sum(row, half))],
      ]),
    ]),
  ];
  return {
    name: 'tile',
    params: new Array(7).fill(address.type),
    results: [],
    locals: [...rows.map(() => address.type), ...new Array<'v128'>(11).fill('v128')],
    body: [
      ...[...local.get(a), ...local.set(aRow(0))],
      ...rows.slice(1).flatMap((row) => plus(aRow(row), aRow(row - 1), aStride)),
      ...countedLoop(address, inner, 1, rows.map(aRow), body),
      ...rows.flatMap((row) => [
        ...[0, 1].flatMap((half) => [
          ...[...local.get(c), ...local.get(sum(row, half)), ...v128.store(16 * half)],
        ]),
        ...plus(c, c, cStride),
      ]),
    ],
  };
}

/**
 * Tools for `TensorMap.apply` with room for `elements` floats; `reset` before each
 * tensor gives all of it back.
 */
export function mapTools(elements: number): MapTools & { reset(): void } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * elements) / 65536) });
  const { tile: run } = instantiate(memory, 'multiply', (address) => [tile(address)]);
  let used = 0;
  const at = (x: Floats) => x.byteOffset;
  return {
    reset() {
      used = 0;
    },
    room(count) {
      const array = new Float32Array(memory.buffer, 4 * used, count);
      used += count;
      return array;
    },
    multiply(c, a, b, { rows, inner, columns }) {
      const [wholeRows, wholeColumns] = [rows - (rows % ROWS), columns - (columns % COLUMNS)];
      for (let i = 0; i < wholeRows; i += ROWS)
        for (let j = 0; j < wholeColumns; j += COLUMNS)
          run(
            at(c) + 4 * (i * columns + j),
            at(a) + 4 * i * inner,
            at(b) + 4 * j,
            inner,
            4 * inner,
            4 * columns,
            4 * columns,
          );
      const edge = (from: number, to: number, left: number, right: number) => {
        for (let i = from; i < to; i++)
          for (let j = left; j < right; j++) {
            let sum = 0;
            for (let k = 0; k < inner; k++)
              sum = Math.fround(sum + Math.fround(a[i * inner + k] * b[k * columns + j]));
            c[i * columns + j] = sum;
          }
      };
      edge(0, wholeRows, wholeColumns, columns);
      edge(wholeRows, rows, 0, columns);
    },
  };
}
