// Every vector instruction of an instruction set, in each of its forms.
import type { Assembler } from './assembler.ts';
import { type GoldenCase, type Names, places, record, someplaces } from './golden-case.testing.ts';
import type { MemoryOperand, Operand } from './operands.ts';
import type { Tail, VectorSet, Vectors } from './vectors.ts';

/** Vector operations whose names differ only by their registers. */
export function vectorCases(set: VectorSet): GoldenCase[] {
  const wide = set.name === 'avx512';
  const last = set.registers - 1;
  const triples = [
    [1, 2, 3],
    [8, 9, 10],
    [last, 7, 8],
    [3, last, 12],
    [5, 6, last],
  ].concat(
    wide
      ? [
          [16, 17, 18],
          [31, 24, 15],
          [7, 23, 31],
        ]
      : [],
  );
  const cases: GoldenCase[] = [];
  const add = (emit: (v: Vectors, a: Assembler) => void, text: (name: Names) => string) =>
    cases.push(record(set, (a, v) => ({ emit: () => emit(v, a), text })));
  const pool = (a: Assembler, operand: Operand): Operand =>
    typeof operand !== 'number' && 'pooled' in operand ? a.pool([1]) : operand;
  const binary = (
    name: string,
    op: (v: Vectors) => (to: number, a: number, b: Operand) => void,
    from: MemoryOperand[],
  ) => {
    for (const [to, x, y] of triples)
      add(
        (v) => op(v).call(v, to, x, y),
        (n) => `${name} ${n(to)},${n(x)},${n(y)}`,
      );
    for (const [i, place] of from.entries())
      for (const [to, x] of [triples[i % 3]])
        add(
          (v, a) => op(v).call(v, to, x, pool(a, place)),
          (n) => `${name} ${n(to)},${n(x)},${n(place)}`,
        );
  };
  binary('vaddps', (v) => v.add, places);
  binary('vmulps', (v) => v.mul, someplaces);
  binary('vsubps', (v) => v.sub, someplaces);
  binary('vdivps', (v) => v.div, someplaces);
  binary('vminps', (v) => v.lesser, someplaces);
  binary('vmaxps', (v) => v.greater, someplaces);
  binary('vfmadd231ps', (v) => v.addProduct, places);
  binary('vfnmadd231ps', (v) => v.subProduct, someplaces);
  binary('vfmadd213ps', (v) => v.timesPlus, someplaces);
  const x = 'xmm';
  for (const [to, from] of triples) {
    add(
      (v) => v.sqrt(to, from),
      (n) => `vsqrtps ${n(to)},${n(from)}`,
    );
    add(
      (v) => v.load(to, from),
      (n) => `{load} vmovups ${n(to)},${n(from)}`,
    );
    add(
      (v) => v.zero(to),
      (n) => `${wide ? 'vpxord' : 'vxorps'} ${n(to)},${n(to)},${n(to)}`,
    );
    add(
      (v) => v.broadcast(to, from),
      (n) => `vbroadcastss ${n(to)},${n(from, x)}`,
    );
    add(
      (v) => v.round(to, from),
      (n) => `${wide ? 'vrndscaleps' : 'vroundps'} ${n(to)},${n(from)},0`,
    );
    add(
      (v) => v.swapHalves(to, from),
      (n) => `${wide ? 'vshuff32x4' : 'vperm2f128'} ${n(to)},${n(from)},${n(from)},${wide ? 78 : 1}`,
    );
    const one = wide ? '{evex} ' : '';
    add(
      (v) => v.addDouble(to, from, to),
      (n) => `${one}vaddsd ${n(to, x)},${n(from, x)},${n(to, x)}`,
    );
    add(
      (v) => v.toDouble(to, from),
      (n) => `${one}vcvtss2sd ${n(to, x)},${n(from, x)},${n(from, x)}`,
    );
    add(
      (v) => v.toFloat(to, from),
      (n) => `${one}vcvtsd2ss ${n(to, x)},${n(from, x)},${n(from, x)}`,
    );
  }
  for (const [i, place] of places.entries())
    for (const register of [[1, 9, last][i % 3]]) {
      const one = wide ? '{evex} ' : '';
      const memory = 'pooled' in place ? [] : [place];
      add(
        (v, a) => v.load(register, pool(a, place)),
        (n) => `vmovups ${n(register)},${n(place)}`,
      );
      add(
        (v, a) => v.broadcast(register, pool(a, place)),
        (n) => `vbroadcastss ${n(register)},dword ptr ${n(place)}`,
      );
      for (const to of memory) {
        add(
          (v) => v.store(to, register),
          (n) => `vmovups ${n(to)},${n(register)}`,
        );
        add(
          (v) => v.storeFirst(to, register),
          (n) => `${one}vmovss dword ptr ${n(to)},${n(register, x)}`,
        );
        add(
          (v) => v.loadFirst(register, to),
          (n) => `${one}vmovss ${n(register, x)},dword ptr ${n(to)}`,
        );
        add(
          (v) => v.storeDouble(to, register),
          (n) => `${one}vmovsd qword ptr ${n(to)},${n(register, x)}`,
        );
        add(
          (v) => v.addDouble(register, 2, to),
          (n) => `${one}vaddsd ${n(register, x)},${n(2, x)},qword ptr ${n(to)}`,
        );
      }
    }
  for (const place of someplaces.filter((one) => 'base' in one))
    add(
      (v) => v.addProductOfOne(6, 9, place),
      (n) =>
        wide
          ? `vfmadd231ps ${n(6)},${n(9)},dword ptr ${n(place)}{1to16}`
          : `vbroadcastss ymm15,dword ptr ${n(place)}\nvfmadd231ps ${n(6)},${n(9)},ymm15`,
    );
  // Parts of registers: the mask is in memory, or in a register.
  const part = (mask: number): Tail => ({
    lanes: 3,
    mask: wide ? mask : { base: 7, offset: 96 },
  });
  for (const place of someplaces.filter((one) => 'base' in one))
    for (const [register, mask] of [
      [2, 1],
      [last, 7],
    ]) {
      add(
        (v) => v.load(register, place, part(mask)),
        (n) =>
          wide
            ? `vmovups ${n(register)}{k${mask}}{z},${n(place)}`
            : `vmovups ${n(register)},[rdi+96]\nvmaskmovps ${n(register)},${n(register)},${n(place)}`,
      );
      add(
        (v) => v.store(place, register, part(mask)),
        (n) =>
          wide
            ? `vmovups ${n(place)}{k${mask}},${n(register)}`
            : `vmovups ymm15,[rdi+96]\nvmaskmovps ${n(place)},ymm15,${n(register)}`,
      );
      add(
        (v) => v.loadOr(register, place, part(mask), 5),
        (n) =>
          wide
            ? `vmovups ${n(register)},${n(5)}\nvmovups ${n(register)}{k${mask}},${n(place)}`
            : `vmovups ymm15,[rdi+96]\nvmaskmovps ${n(register)},ymm15,${n(place)}\nvandnps ymm15,ymm15,${n(5)}\nvorps ${n(register)},${n(register)},ymm15`,
      );
    }
  return cases;
}
