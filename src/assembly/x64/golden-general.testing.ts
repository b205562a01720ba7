// Instructions that are not of the vector interface: of one set alone, of general registers, and branches.
import type { Assembler } from './assembler.ts';
import { type Avx2, avx2 } from './avx2.ts';
import { avx512 } from './avx512.ts';
import { type GoldenCase, general, type Names, places, record } from './golden-case.testing.ts';
import type { MemoryOperand } from './operands.ts';
import type { Exchange, VectorSet, Vectors } from './vectors.ts';

/** What one instruction set has alone, and what takes several instructions. */
export function ownCases(): GoldenCase[] {
  const cases: GoldenCase[] = [];
  const own = (set: VectorSet, emit: (v: Vectors) => void, ...lines: string[]) =>
    cases.push(record(set, (_, v) => ({ emit: () => emit(v), text: () => lines.join('\n') })));
  const exchange = (v: Vectors, k: number, how: 'low' | 'high') =>
    (v as unknown as { exchanges: Exchange[] }).exchanges[k][how];
  own(avx512, (v) => v.scale(9, 17, 30), 'vscalefps zmm9,zmm17,zmm30');
  own(avx512, (v) => v.growingTail(), 'mov rax,1', 'kmovw k1,eax');
  const window = ['mov rax,1', 'kmovw k1,eax', 'lea rax,[rax+rax+1]', 'kmovw k1,eax'];
  own(avx512, (v) => v.growingTail().grow(), ...window);
  own(avx512, (v) => v.tail(19), 'kmovw k1,[rip+56]');
  own(
    avx512,
    (v) => {
      v.file.release(20);
      v.acrossLanes('add', 31);
    },
    ...[
      'vshuff32x4 zmm20,zmm31,zmm31,0x4e',
      'vshuff32x4 zmm20,zmm31,zmm31,0xb1',
      'vpermilps zmm20,zmm31,0x4e',
      'vpermilps zmm20,zmm31,0xb1',
    ].flatMap((turn) => [turn, 'vaddps zmm31,zmm31,zmm20']),
  );
  own(
    avx512,
    (v) => {
      v.file.release(20);
      v.splitExponent(1, 2, 3);
    },
    'vgetmantps zmm2,zmm3,3',
    'vbroadcastss zmm20,dword ptr [rip+47]',
    'vmulps zmm1,zmm3,zmm20',
    'vgetexpps zmm1,zmm1',
  );
  for (const [k, low, high] of [
    [0, 'vunpcklps', 'vunpckhps'],
    [1, 'vunpcklpd', 'vunpckhpd'],
  ] as const)
    for (const [set, r, a, b, c] of [
      [avx2, 'ymm', 1, 9, 14],
      [avx512, 'zmm', 17, 9, 30],
    ] as const) {
      own(set, (v) => exchange(v, k, 'low')(a, b, c), `${low} ${r}${a},${r}${b},${r}${c}`);
      own(set, (v) => exchange(v, k, 'high')(a, b, c), `${high} ${r}${a},${r}${b},${r}${c}`);
    }
  own(avx512, (v) => exchange(v, 2, 'low')(1, 18, 30), 'vshuff32x4 zmm1,zmm18,zmm30,0x88');
  own(avx512, (v) => exchange(v, 3, 'high')(1, 18, 30), 'vshuff32x4 zmm1,zmm18,zmm30,0xdd');
  own(avx2, (v) => exchange(v, 2, 'low')(1, 9, 14), 'vperm2f128 ymm1,ymm9,ymm14,0x20');
  own(avx2, (v) => exchange(v, 2, 'high')(1, 9, 14), 'vperm2f128 ymm1,ymm9,ymm14,0x31');
  own(avx2, (v) => v.growingTail().grow(), 'lea rax,[rip+85]', 'sub rax,4');
  own(
    avx2,
    (v) => {
      v.file.release(10);
      v.acrossLanes('greater', 3);
    },
    ...['vperm2f128 ymm10,ymm3,ymm3,1', 'vpermilps ymm10,ymm3,0x4e', 'vpermilps ymm10,ymm3,0xb1'].flatMap(
      (turn) => [turn, 'vmaxps ymm3,ymm3,ymm10'],
    ),
  );
  own(
    avx2,
    (v) => v.splitExponent(1, 9, 14),
    'vpsubd ymm1,ymm14,[rip+56]',
    'vpsrad ymm1,ymm1,23',
    'vpslld ymm9,ymm1,23',
    'vpsubd ymm9,ymm14,ymm9',
    'vcvtdq2ps ymm1,ymm1',
    'vsubps ymm14,ymm14,ymm14',
    'vaddps ymm9,ymm9,ymm14',
  );
  const passes = (emit: (v: Avx2) => void, text: string) => own(avx2, (v) => emit(v as Avx2), text);
  for (const [to, a, b] of [
    [1, 2, 3],
    [9, 10, 14],
  ]) {
    const [x, y, z] = [to, a, b].map((register) => `ymm${register}`);
    passes((v) => v.and(to, a, b), `vandps ${x},${y},${z}`);
    passes((v) => v.or(to, a, b), `vorps ${x},${y},${z}`);
    passes((v) => v.xor(to, a, b), `vxorps ${x},${y},${z}`);
    passes((v) => v.compare('eq', to, a, b), `vcmpeqps ${x},${y},${z}`);
    passes((v) => v.compare('eq or NaN', to, a, b), `vcmpeq_uqps ${x},${y},${z}`);
    passes((v) => v.compare('lt', to, a, b), `vcmplt_oqps ${x},${y},${z}`);
    passes((v) => v.compare('le', to, a, b), `vcmple_oqps ${x},${y},${z}`);
    passes((v) => v.compare('gt', to, a, b), `vcmpgt_oqps ${x},${y},${z}`);
    passes((v) => v.select(to, a, b, 5), `vblendvps ${x},ymm5,${z},${y}`);
    passes((v) => v.select(to, a, { base: 7, offset: 32 }, 5), `vblendvps ${x},ymm5,[rdi+32],${y}`);
    passes((v) => v.upperHalf(to, a), `vextractf128 xmm${to},${y},1`);
    passes((v) => v.addDoubles(to, a, b), `vaddpd ${x},${y},${z}`);
    passes((v) => v.mulDoubles(to, a, b), `vmulpd ${x},${y},${z}`);
    passes((v) => v.toDoubles(to, a), `vcvtps2pd ${x},xmm${a}`);
    passes((v) => v.toDoubles(to, { base: 12, offset: 16 }), `vcvtps2pd ${x},[r12+16]`);
    passes((v) => v.addTwoDoubles(to, a, b), `vaddpd xmm${to},xmm${a},xmm${b}`);
    passes((v) => v.upperDouble(to, a), `vunpckhpd xmm${to},xmm${a},xmm${a}`);
  }
  // A constant that an operation cannot take from memory goes through a register.
  own(avx2, (v) => v.sub(3, v.constant(1), 4), 'vmovups ymm3,[rip+56]', 'vsubps ymm3,ymm3,ymm4');
  own(avx2, (v) => v.sub(3, v.constant(1), 3), 'vmovups ymm15,[rip+56]', 'vsubps ymm3,ymm15,ymm3');
  own(
    avx2,
    (v) => v.scale(9, 3, 4),
    ...['vaddps ymm4,ymm4,[rip+56]', 'vpslld ymm4,ymm4,23', 'vmulps ymm9,ymm3,ymm4'],
  );
  return cases;
}

export function generalCases(): GoldenCase[] {
  const cases: GoldenCase[] = [];
  const add = (emit: (a: Assembler) => void, text: (name: Names) => string) =>
    cases.push(record(undefined, (a) => ({ emit: () => emit(a), text })));
  const r = (register: number) => general[register];
  for (const register of general.keys()) {
    if (register === 4) continue;
    add(
      (a) => a.push(register),
      () => `push ${r(register)}`,
    );
    add(
      (a) => a.pop(register),
      () => `pop ${r(register)}`,
    );
    add(
      (a) => a.call(register),
      () => `call ${r(register)}`,
    );
    add(
      (a) => a.copy(register, 15 - register),
      () => `mov ${r(register)},${r(15 - register)}`,
    );
    add(
      (a) => a.addRegister(register, 7),
      () => `add ${r(register)},rdi`,
    );
    add(
      (a) => a.doublePlusOne(register),
      () => `lea ${r(register)},[${r(register)}+${r(register)}+1]`,
    );
    add(
      (a) => a.setLong(register, 2 ** 47 - 1),
      () => `movabs ${r(register)},${2 ** 47 - 1}`,
    );
    if (![0, 3, 9, 15].includes(register)) continue;
    for (const value of [1, -1, 127, 128, -128, -129, 2 ** 31 - 1, -(2 ** 31)]) {
      add(
        (a) => a.set(register, value),
        () => `mov ${r(register)},${value}`,
      );
      add(
        (a) => a.add(register, value),
        () => `add ${r(register)},${value}`,
      );
      add(
        (a) => a.sub(register, value),
        () => `sub ${r(register)},${value}`,
      );
      add(
        (a) => a.compare(register, value),
        () => `cmp ${r(register)},${value}`,
      );
      add(
        (a) => a.multiply(register, 6, value),
        () => `imul ${r(register)},rsi,${value}`,
      );
    }
  }
  for (const place of places)
    for (const register of [0, 3, 9, 15]) {
      const at = (a: Assembler): MemoryOperand => ('pooled' in place ? a.pool([1]) : place);
      add(
        (a) => a.load(register, at(a)),
        (n) => `mov ${r(register)},${n(place)}`,
      );
      add(
        (a) => a.address(register, at(a)),
        (n) => `lea ${r(register)},${n(place)}`,
      );
      if ('base' in place)
        add(
          (a) => a.store(place, register),
          (n) => `mov ${n(place)},${r(register)}`,
        );
    }
  for (const place of [
    { base: 4, offset: 0 },
    { base: 4, offset: 176 },
    { base: 13, offset: 16 },
  ])
    for (const register of [0, 6, 15]) {
      add(
        (a) => a.storeLower(place, register),
        (n) => `vmovups xmmword ptr ${n(place)},xmm${register}`,
      );
      add(
        (a) => a.loadLower(register, place),
        (n) => `vmovups xmm${register},xmmword ptr ${n(place)}`,
      );
    }
  add(
    (a) => a.ret(),
    () => 'ret',
  );
  add(
    (a) => a.clearUpper(),
    () => 'vzeroupper',
  );
  return cases;
}

/**
 * Branches and loops. Jumps forward are written before their distance is known, so they are in the long form.
 */
export function branchCases(): GoldenCase[] {
  const cases: GoldenCase[] = [];
  const add = (emit: (a: Assembler) => void, ...lines: string[]) =>
    cases.push(record(undefined, (a) => ({ emit: () => emit(a), text: () => lines.join('\n') })));
  const yes = (a: Assembler) => () => a.copy(1, 6);
  const no = (a: Assembler) => () => a.copy(6, 1);
  const [moved, back] = ['mov rcx,rsi', 'mov rsi,rcx'];
  add((a) => a.ifBelow(3, 300, yes(a)), 'cmp rbx,300', '{disp32} jae 1f', moved, '1:');
  add(
    (a) => a.ifBelow(9, 5, yes(a), no(a)),
    ...['cmp r9,5', '{disp32} jae 1f', moved, '{disp32} jmp 2f', '1:', back, '2:'],
  );
  add((a) => a.unlessEqual(9, 3, yes(a)), 'cmp r9,rbx', '{disp32} je 1f', moved, '1:');
  add((a) => a.unlessBits(0, 255, yes(a)), 'test rax,255', '{disp32} jne 1f', moved, '1:');
  add((a) => a.unlessBits(9, -1, yes(a)), 'test r9,-1', '{disp32} jne 1f', moved, '1:');
  add((a) => a.repeat(1, yes(a)), moved);
  add((a) => a.repeat(7, yes(a)), 'mov rax,7', '1:', moved, 'sub rax,1', 'jne 1b');
  // Too far back for a short jump.
  const far = Array.from({ length: 18 }, () => 'add r9,4096');
  add(
    (a) => a.repeat(7, () => far.forEach(() => a.add(9, 4096))),
    ...['mov rax,7', '1:', ...far, 'sub rax,1', 'jne 1b'],
  );
  add(
    (a) => a.countedLoop(3, 8, [6, 9], yes(a)),
    ...['cmp rbx,8', '{disp32} jb 2f', '1:', moved, 'add rsi,32', 'add r9,32'],
    ...['sub rbx,8', 'cmp rbx,8', 'jae 1b', '2:'],
  );
  return cases;
}
