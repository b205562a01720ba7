// alpha A B [+ beta C] for two matrices of known sizes: the result in panels of columns,
// those in tiles (tile.ts). What would be read from places far apart is packed first (pack.ts).
import type { Operand } from '../../../../assembly/x64/operands.ts';
import type { VectorSet, Vectors } from '../../../../assembly/x64/vectors.ts';
import { at, FLOAT, type Kernel, type Part, pointers, slot, split } from './kernel.ts';
import { packRows, packTransposed } from './pack.ts';
import { tileOfSums, tileRows, widestOf } from './tile.ts';

export interface ProductShape {
  m: number;
  n: number;
  k: number;
  /** A is stored [k, m], B [n, k]. */
  transA: boolean;
  transB: boolean;
  alpha: number;
  /** Factor of the matrix that is added; undefined: there is none. */
  beta?: number;
}

/**
 * Products summed at once: a panel of B then takes half of a core's second cache.
 * The head of 160m, 50280 long, takes a third of the time.
 */
const LONGEST = 2048;
/**
 * Rows of A packed at once, where they are columns far apart: six cache lines of every
 * row (three: 5% slower for the head of nano).
 */
const GROUP = 96;
/**
 * Bytes between rows of A from which on its columns are packed. AVX2 asks for a further
 * line of A twice as often as AVX-512, which loses by packing earlier.
 */
const FAR: Record<VectorSet['name'], number> = { avx2: 1024, avx512: 2048 };
/** Columns of A up to which packing does not pay. */
const SOME = 16;
/**
 * When a panel of B is packed: it has rows so many bytes apart, and so many of them,
 * and so many rows of the result read it. A long panel does not fit into the first cache,
 * and rows at multiples of 512 bytes compete for the same places there.
 */
const PACKED = [
  { apart: 2048, long: 1, readers: 64 },
  { apart: 512, long: 256, readers: 256 },
];
/** Tasks have rows in multiples of this: whole tiles of most widths. */
const UNIT = 12;

/** Rows of the result are dealt out to `threads`. */
export function product(shape: ProductShape, threads: number, set: VectorSet): Kernel {
  const tiling = tilingOf(shape, set);
  const shares = split(shape.m, threads, UNIT);
  return {
    tasks: shares.map((rows, i) => (v) => multiply(v, tiling, rows, i * tiling.scratch.length)),
    scratch: shares.flatMap(() => tiling.scratch),
    // Every number of what is added is read before that of the result is written.
    ...(shape.beta === undefined ? {} : { inPlace: { input: 2, output: 0 } }),
  };
}

/** How a product is done. */
interface Tiling {
  shape: ProductShape;
  set: VectorSet;
  /** Columns of a panel, and products summed at once, at most. */
  width: number;
  length: number;
  /**
   * Whether A, and a panel of B, are packed first; float32 of the scratch for a panel of B,
   * and for a group of A.
   */
  packA: boolean;
  packB: boolean;
  scratch: number[];
  /** Bytes of A from one row to the next, and from one product to the next. */
  ofA: { row: number; step: number };
  /** Bytes of B from one product to the next. */
  ofB: number;
}

function tilingOf(shape: ProductShape, set: VectorSet): Tiling {
  const { m, n, k, transA, transB } = shape;
  const width = Math.min(n, widestOf(set) * set.lanes);
  const length = Math.min(k, LONGEST);
  const packA = transA && FLOAT * m >= FAR[set.name] && m > SOME;
  const readers = packA ? GROUP : m;
  const packB =
    transB || PACKED.some((when) => FLOAT * n >= when.apart && k >= when.long && readers >= when.readers);
  const paddedWidth = set.lanes * Math.ceil(width / set.lanes);
  return {
    ...{ shape, set, width, length, packA, packB },
    scratch: [...(packB ? [length * paddedWidth] : []), ...(packA ? [length * GROUP] : [])],
    ofA: packA
      ? { row: FLOAT, step: FLOAT * GROUP }
      : { row: FLOAT * (transA ? 1 : k), step: FLOAT * (transA ? m : 1) },
    ofB: FLOAT * (packB ? paddedWidth : n),
  };
}

/**
 * General registers: addresses that move along while rows are worked on, and are back
 * where they were after it.
 */
interface Places {
  /**
   * The first row of A, the first column of B for the products that are summed, the first row of the result.
   */
  a: number;
  b: number;
  c: number;
  /** Of what is added; -1 where nothing is. */
  plus: number;
}

/** One block of products that are summed. */
interface Block extends Places {
  /** Rows of the result. */
  m: number;
  size: number;
  /** The first block makes the result, others add to it. */
  first: boolean;
  /** Slot of the table where the scratch begins. */
  packed: number;
}

/** Rows `from`, ... of the result. */
function multiply(v: Vectors, tiling: Tiling, { from, size: m }: Part, scratch: number): void {
  const { n, k, transA, transB, beta } = tiling.shape;
  const { a: asm } = v;
  const { length } = tiling;
  const added = beta !== undefined;
  const out = added ? 3 : 2;
  const [a, b, c] = pointers(v, 0, 1, out);
  const packed = out + 1 + scratch;
  asm.add(a, FLOAT * from * (transA ? 1 : k));
  asm.add(c, FLOAT * n * from);
  const block = (size: number, first: boolean, plus: number) =>
    v.scope(() => multiplyBlock(v, tiling, { a, b, c, plus, m, size, first, packed }));
  v.scope(() => {
    const [plus] = added ? pointers(v, 2) : [-1];
    if (added) asm.add(plus, FLOAT * n * from);
    block(length, true, plus);
  });
  const next = () => {
    asm.add(a, FLOAT * length * (transA ? tiling.shape.m : 1));
    asm.add(b, FLOAT * length * (transB ? 1 : n));
  };
  const others = Math.ceil(k / length) - 1;
  if (others === 0) return;
  asm.repeat(others - 1, () => {
    next();
    block(length, false, -1);
  });
  next();
  block(k - others * length, false, -1);
}

function multiplyBlock(v: Vectors, tiling: Tiling, block: Block): void {
  const { shape, packA, ofA } = tiling;
  const { a: asm } = v;
  if (!packA) {
    panels(v, tiling, block, block.m);
    return;
  }
  const ofC = FLOAT * shape.n;
  const group = (rows: number) => {
    asm.registers.scope(() => {
      const [to] = pointers(v, packedA(tiling, block));
      const at = { source: block.a, to };
      packRows(v, { rows: block.size, columns: rows, from: FLOAT * shape.m, to: ofA.step, at });
    });
    panels(v, tiling, block, rows);
    asm.add(block.a, FLOAT * rows);
    move(v, block, rows * ofC);
  };
  asm.repeat(Math.floor(block.m / GROUP), () => group(GROUP));
  if (block.m % GROUP > 0) group(block.m % GROUP);
  asm.add(block.a, -FLOAT * block.m);
  move(v, block, -block.m * ofC);
}

const packedA = ({ packB }: Tiling, { packed }: Block) => packed + (packB ? 1 : 0);

/** Moves along in the result, and in what is added to it. */
function move({ a }: Vectors, { c, plus }: Places, bytes: number): void {
  a.add(c, bytes);
  if (plus >= 0) a.add(plus, bytes);
}

/** All columns of `rows` rows of the result, in panels. */
function panels(v: Vectors, tiling: Tiling, block: Block, rows: number): void {
  const { shape, width, packA } = tiling;
  const { n, k, transB, alpha, beta } = shape;
  const { a: asm } = v;
  const panel = (columns: number) =>
    v.scope(() => {
      const [fromA, fromB] = asm.registers.takeAll(2);
      columnsOfB(v, tiling, block, columns, fromB);
      const factors = {
        alpha: alpha === 1 ? undefined : v.constant(alpha),
        beta: block.plus < 0 || beta === 1 ? undefined : v.constant(beta!),
      };
      if (packA) asm.load(fromA, slot(packedA(tiling, block)));
      else asm.copy(fromA, block.a);
      const tail = v.tail(columns);
      const most = tileRows(tiling.set, Math.ceil(columns / v.lanes));
      const tile = (height: number) =>
        v.scope(() => tileOfResult(v, tiling, block, { rows: height, columns, fromA, fromB, factors, tail }));
      asm.repeat(Math.floor(rows / most), () => tile(most));
      if (rows % most > 0) tile(rows % most);
      // Back to the first row, and on to the next columns.
      move(v, block, FLOAT * columns - rows * FLOAT * n);
      asm.add(block.b, FLOAT * columns * (transB ? k : 1));
    });
  asm.repeat(Math.floor(n / width), () => panel(width));
  if (n % width > 0) panel(n % width);
  move(v, block, -FLOAT * n);
  asm.add(block.b, -FLOAT * n * (transB ? k : 1));
}

/** Columns of B at register b; `from` says where tiles read them. */
function columnsOfB(
  v: Vectors,
  tiling: Tiling,
  { b, size, packed }: Block,
  columns: number,
  from: number,
): void {
  const { shape, packB, ofB } = tiling;
  if (!packB) {
    v.a.copy(from, b);
    return;
  }
  v.a.registers.scope(() => {
    const [to] = pointers(v, packed);
    const at = { source: b, to };
    if (shape.transB) packTransposed(v, { rows: columns, columns: size, from: FLOAT * shape.k, to: ofB, at });
    else packRows(v, { rows: size, columns, from: FLOAT * shape.n, to: ofB, at });
  });
  v.a.load(from, slot(packed));
}

interface ResultTile {
  rows: number;
  columns: number;
  /** General registers: the tile's first row of A, which moves along, and its columns of B. */
  fromA: number;
  fromB: number;
  /** Undefined where they are 1, or nothing is added. */
  factors: { alpha?: Operand; beta?: Operand };
  /** Of the last register across. */
  tail: ReturnType<Vectors['tail']>;
}

function tileOfResult(
  v: Vectors,
  { shape, packB, ofA, ofB }: Tiling,
  block: Block,
  { rows, columns, fromA, fromB, factors, tail }: ResultTile,
): void {
  const { c, plus, size, first } = block;
  const ofC = FLOAT * shape.n;
  const vectors = Math.ceil(columns / v.lanes);
  const [walkA, walkB] = v.a.registers.takeAll(2);
  v.a.copy(walkA, fromA);
  v.a.copy(walkB, fromB);
  tileOfSums(v, {
    rows,
    vectors,
    length: size,
    a: { at: walkA, ...ofA },
    b: { at: walkB, step: ofB, tail: packB ? undefined : tail },
    finish(x, i, across) {
      const offset = i * ofC + FLOAT * v.lanes * across;
      const part = across === vectors - 1 ? tail : undefined;
      if (factors.alpha !== undefined) v.mul(x, x, factors.alpha);
      if (plus >= 0 || !first)
        v.file.scope(() => {
          const before = v.file.take();
          v.load(before, at(plus >= 0 ? plus : c, offset), part);
          if (factors.beta === undefined) v.add(x, x, before);
          else v.addProduct(x, before, factors.beta);
        });
      v.store(at(c, offset), x, part);
    },
  });
  v.a.add(fromA, rows * ofA.row);
  move(v, block, rows * ofC);
}
