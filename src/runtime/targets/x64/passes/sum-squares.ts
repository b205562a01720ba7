// The sum of squares of reductions.ts in machine code: float64 throughout, the same order, the same bits.
import { Assembler } from '../../../../assembly/x64/assembler.ts';
import { Avx2 } from '../../../../assembly/x64/avx2.ts';
import type { Convention } from '../../../../assembly/x64/convention.ts';
import { writeFunction } from '../../../../assembly/x64/function.ts';
import { rdi } from '../../../../assembly/x64/operands.ts';
import { inBlock, type MachineFunction } from './function.ts';

/** The eight accumulators there, each of two lanes, as registers of four. */
const QUADS = 4;

export function emitSumSquares(convention: Convention): MachineFunction {
  const layout = { count: 0, pointers: 8, scalars: 16, results: 16, sums: 1, size: 64 };
  const a = new Assembler();
  const v = new Avx2(a);
  const [count, pointer] = a.registers.takeAll(2);
  const sums = v.file.takeAll(QUADS);
  const t = v.file.take();
  const addSquares = (sum: number) => {
    v.mulDoubles(t, t, t);
    v.addDoubles(sum, sum, t);
  };
  writeFunction(a, convention, { arguments: 1, changes: [rdi, count, pointer] }, () => {
    for (const sum of sums) v.zero(sum);
    a.load(count, inBlock(layout.count));
    a.load(pointer, inBlock(layout.pointers));
    a.countedLoop(count, 4 * QUADS, [pointer], () => {
      sums.forEach((sum, i) => {
        v.toDoubles(t, { base: pointer, offset: 16 * i });
        addSquares(sum);
      });
    });
    // The other lanes are zero, and so is what they add.
    a.countedLoop(count, 1, [pointer], () => {
      v.loadFirst(t, { base: pointer, offset: 0 });
      v.toDoubles(t, t);
      addSquares(sums[0]);
    });
    // One accumulator after the other, in the first.
    for (const sum of sums) {
      v.upperHalf(t, sum);
      if (sum !== sums[0]) v.addTwoDoubles(sums[0], sums[0], sum);
      v.addTwoDoubles(sums[0], sums[0], t);
    }
    v.upperDouble(t, sums[0]);
    v.addDouble(sums[0], sums[0], t);
    v.storeDouble(inBlock(layout.results), sums[0]);
  });
  return { code: a.finish(), layout, key: 'sum of squares' };
}
