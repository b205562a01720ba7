// Matrix products for optimizers that need them: a SIMD tile in a memory of its own, the rest in plain loops.

import { FunctionBuilder, type FunctionSpec } from '../../../assembly/wasm/function.ts';
import { instantiate } from '../../../assembly/wasm/module.ts';
import { type Address, f32x4, v128 } from '../../../assembly/wasm/operations.ts';
import type { Floats, MapTools } from '../../../optim/expr.ts';

const [ROWS, COLUMNS] = [4, 8];

/**
 * tile(c, a, b, inner, strides of a and b in bytes, stride of c): c[4][8] = a[4][inner] b[inner][8].
 * Each element is a sum in the order of `inner`, in float32.
 */
function tile(address: Address): FunctionSpec {
  const f = new FunctionBuilder(address);
  const [c, a, b, inner, aStride, bStride, cStride] = Array.from({ length: 7 }, () =>
    f.parameter(address.type),
  );
  const aRow = Array.from({ length: ROWS }, () => f.local(address.type));
  const sums = aRow.map(() => [f.local('v128'), f.local('v128')]);
  const halves = [f.local('v128'), f.local('v128')];
  const value = f.local('v128');
  aRow.forEach((row, i) => {
    f.set(row, i === 0 ? a : address.add(aRow[i - 1], aStride));
  });
  f.countedLoop(inner, 1, aRow, () => {
    halves.forEach((half, i) => {
      f.set(half, v128.load(b, 16 * i));
    });
    f.set(b, address.add(b, bStride));
    aRow.forEach((row, r) => {
      f.set(value, v128.load32Splat(row));
      sums[r].forEach((sum, i) => {
        f.set(sum, f32x4.add(sum, f32x4.mul(value, halves[i])));
      });
    });
  });
  for (const row of sums) {
    row.forEach((sum, i) => {
      f.store(c, sum, 16 * i);
    });
    f.set(c, address.add(c, cStride));
  }
  return f.finish('tile');
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
