// Parts of matrices copied to where a product reads them one after the other.
import { f32x16, firstLanes } from '../../core/x64-512.ts';
import { type Code, i64, repeat } from '../../core/x64-code.ts';
import { count, FLOAT, LANES } from './kernel.ts';
import { transposeRegisters } from './transpose.ts';

/** Mask register of what is not a whole register. */
const PART = 2;

interface Pack {
  /** Rows that are read, and numbers of each. */
  rows: number;
  columns: number;
  /** Bytes between rows that are read, and that are written. */
  from: number;
  to: number;
  /** Registers: of the first number to read; moved along; of the first to write, moved along; for counting. */
  at: { source: number; walk: number; to: number; counter: number };
}

/** Rows as rows. General register 0 is lost. */
export function packRows({ rows, columns, from, to, at }: Pack): Code {
  const vectors = Math.ceil(columns / LANES);
  const tail = columns % LANES;
  return [
    ...(tail > 0 ? firstLanes(PART, tail) : []),
    ...i64.copy(at.walk, at.source),
    ...repeat(at.counter, rows, [
      ...count(vectors).flatMap((v) => {
        const offset = FLOAT * LANES * v;
        const masked = tail > 0 && v === vectors - 1 ? { mask: PART } : {};
        return [
          ...f32x16.load(v, { base: at.walk, offset }, masked),
          ...f32x16.store({ base: at.to, offset }, v),
        ];
      }),
      ...[...i64.addConst(at.walk, from), ...i64.addConst(at.to, to)],
    ]),
  ];
}

/** Rows as columns: what is written has `columns` rows of `rows` numbers, and zeros up to a whole register. General register 0 is lost. */
export function packTransposed({ rows, columns, from, to, at }: Pack): Code {
  const block = (height: number, length: number): Code => [
    ...count(LANES).flatMap((i) =>
      i < height
        ? f32x16.load(i, { base: at.walk, offset: from * i }, length < LANES ? { mask: PART } : {})
        : f32x16.zero(i),
    ),
    ...transposeRegisters(),
    ...count(length).flatMap((j) => f32x16.store({ base: at.to, offset: j * to }, j)),
    ...[...i64.addConst(at.walk, FLOAT * length), ...i64.addConst(at.to, length * to)],
  ];
  const whole = Math.floor(columns / LANES);
  const rest = columns % LANES;
  return count(Math.ceil(rows / LANES)).flatMap((i) => {
    const height = Math.min(LANES, rows - i * LANES);
    return [
      ...i64.address(at.walk, { base: at.source, offset: from * LANES * i }),
      ...(whole > 0 ? repeat(at.counter, whole, block(height, LANES)) : []),
      ...(rest > 0 ? [...firstLanes(PART, rest), ...block(height, rest)] : []),
      // Back to the first row, and on by a register.
      ...i64.addConst(at.to, FLOAT * LANES - columns * to),
    ];
  });
}
