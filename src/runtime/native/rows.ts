// Loops over numbers one after the other, a register at a time, and over rows of a matrix.
import { firstLanes } from '../../core/x64-512.ts';
import { type At, type Code, i64, repeat } from '../../core/x64-code.ts';
import { count, FLOAT, LANES } from './kernel.ts';

/** Mask register of a last register that is not full. */
const TAIL = 1;
type Masked = { mask?: number };

/** `body` for every register of `n` numbers; all `pointers` move along. General register 0 is lost. */
export function everyLane(
  n: number,
  { pointers, counter }: { pointers: readonly number[]; counter: number },
  body: (at: (pointer: number) => At, masked: Masked) => Code,
): Code {
  const whole = Math.floor(n / LANES);
  const at = (base: number): At => ({ base, offset: 0 });
  return [
    ...(whole > 0
      ? repeat(counter, whole, [
          ...body(at, {}),
          ...pointers.flatMap((pointer) => i64.addConst(pointer, FLOAT * LANES)),
        ])
      : []),
    ...(n % LANES > 0 ? [...firstLanes(TAIL, n % LANES), ...body(at, { mask: TAIL })] : []),
  ];
}

/** Where in a row the registers of `width` numbers are, and what they lack; `tailOf` sets the mask, and loses general register 0. */
export const chunksOf = (width: number): { offset: number; masked: Masked }[] =>
  count(Math.ceil(width / LANES)).map((c) => ({
    offset: FLOAT * LANES * c,
    masked: width - LANES * c < LANES ? { mask: TAIL } : {},
  }));
export const tailOf = (width: number): Code => (width % LANES > 0 ? firstLanes(TAIL, width % LANES) : []);
