// A block of 16 x 16 float32 in registers, transposed.
import { f32x16 } from '../../core/x64-512.ts';
import type { Code } from '../../core/x64-code.ts';

const LOW = 0x88;
const HIGH = 0xdd;
const SIXTEEN = Array.from({ length: 16 }, (_, i) => i);

/** Rows in registers 0 to 15 become columns there; 16 to 31 are lost. */
export function transposeRegisters(): Code {
  const pairs = SIXTEEN.map((i) => (i % 2 === 0 ? f32x16.lowOf : f32x16.highOf)(16 + i, i & ~1, i | 1));
  // Of four rows those columns whose number is c mod 4, in register 4 g + c.
  const fours = SIXTEEN.map((i) => {
    const from = 16 + (i & ~3) + ((i >> 1) & 1);
    return (i % 2 === 0 ? f32x16.lowPairsOf : f32x16.highPairsOf)(i, from, from + 2);
  });
  const halves = SIXTEEN.map((i) => {
    const [c, high, upper] = [i & 3, (i >> 2) & 1, i >> 3];
    return f32x16.groups(16 + i, 8 * upper + c, 8 * upper + 4 + c, high ? HIGH : LOW);
  });
  // Column 4 l + c: its group l is even in LOW, odd in HIGH halves.
  const whole = SIXTEEN.map((i) => {
    const [c, l] = [i & 3, i >> 2];
    const from = 16 + 4 * (l & 1) + c;
    return f32x16.groups(i, from, from + 8, l < 2 ? LOW : HIGH);
  });
  return [...pairs, ...fours, ...halves, ...whole].flat();
}
