// An instruction as our assembler encodes it, beside the text from which a second assembler makes its bytes.
import { Assembler } from './assembler.ts';
import { avx2 } from './avx2.ts';
import type { MemoryOperand, Operand } from './operands.ts';
import type { VectorSet, Vectors } from './vectors.ts';

export interface GoldenCase {
  /** Lines in Intel's syntax. */
  text: string;
  bytes: Uint8Array;
}

export const general = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  ...[8, 9, 10, 11, 12, 13, 14, 15].map((r) => `r${r}`),
];

/**
 * Every base that is encoded in a way of its own, offsets on both sides of one byte,
 * and memory after the code.
 */
export const places: MemoryOperand[] = [
  ...[0, 4, 5, 7, 12, 13, 15].flatMap((base) => [0, 64, -128, 128].map((offset) => ({ base, offset }))),
  ...[4, 8, 60, -4, 127, 508, 512, 4096, 8128, 8192, -8192, -8256, 2 ** 30].map((offset) => ({
    base: 7,
    offset,
  })),
  { pooled: 0 },
];
export const someplaces: MemoryOperand[] = [
  places[0],
  places[5],
  { base: 13, offset: 0 },
  { base: 12, offset: 4 },
  { base: 7, offset: 8256 },
  { pooled: 0 },
];

/** Of memory, as text; what follows the code is `distance` bytes behind the instruction. */
export function nameOf(place: MemoryOperand, distance: number): string {
  if ('pooled' in place) return `[rip+${distance}]`;
  const { base, offset } = place;
  return `[${general[base]}${offset < 0 ? offset : offset > 0 ? `+${offset}` : ''}]`;
}

/** Constants begin at the first multiple of 64. */
export const POOL = 64;

export type Names = (operand: Operand, how?: string) => string;
export interface Form {
  emit: () => void;
  text: (name: Names) => string;
}

export function record(set: VectorSet | undefined, forms: (a: Assembler, v: Vectors) => Form): GoldenCase {
  const a = new Assembler();
  const v = (set ?? avx2).create(a);
  for (let register = 0; register < (set ?? avx2).registers; register++) v.file.claim(register);
  const { emit, text } = forms(a, v);
  emit();
  const { size } = a;
  const all = a.finish();
  const prefix = set?.name === 'avx512' ? 'zmm' : 'ymm';
  return {
    text: text((operand, how = prefix) =>
      typeof operand === 'number' ? `${how}${operand}` : nameOf(operand, POOL - size),
    ),
    bytes: all.subarray(0, size),
  };
}
