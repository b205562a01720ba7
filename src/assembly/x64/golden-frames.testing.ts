// What stands before and after a function's own instructions, in both calling conventions.
import { type Convention, microsoft, systemV } from './convention.ts';
import { type Frame, writeFunction } from './function.ts';
import { type GoldenCase, record } from './golden-case.testing.ts';

export function frameCases(): GoldenCase[] {
  const cases: GoldenCase[] = [];
  const add = (convention: Convention, frame: Frame, ...lines: string[]) =>
    cases.push(
      record(undefined, (a) => ({
        emit: () => writeFunction(a, convention, frame, (room) => a.address(11, room)),
        text: () => lines.join('\n'),
      })),
    );
  const stack = (how: 'push' | 'pop', ...registers: string[]) => registers.map((r) => `${how} ${r}`);
  const lower = (how: (register: string, at: string) => string, from: number) =>
    Array.from({ length: 10 }, (_, i) =>
      how(`xmm${6 + i}`, `[rsp${from + 16 * i > 0 ? `+${from + 16 * i}` : ''}]`),
    );
  const [save, restore] = [
    (register: string, at: string) => `vmovups ${at},${register}`,
    (register: string, at: string) => `vmovups ${register},${at}`,
  ];
  const linux = ['rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'];
  const windows = ['rbx', 'rbp', 'rdi', 'rsi', 'r12', 'r13', 'r14', 'r15'];
  add(
    systemV,
    { arguments: 1 },
    ...[...stack('push', ...linux), 'lea r11,[rsp]', 'vzeroupper'],
    ...[...stack('pop', ...linux.toReversed()), 'ret'],
  );
  // Six registers, the address to return to and 40 bytes: a multiple of 16.
  add(
    systemV,
    { arguments: 2, calls: 5, room: 28 },
    ...[...stack('push', ...linux), 'sub rsp,40', 'lea r11,[rsp]', 'vzeroupper', 'add rsp,40'],
    ...[...stack('pop', ...linux.toReversed()), 'ret'],
  );
  // 32 bytes for whom it calls, and 8 for a fifth argument; then its own; then vectors. With eight registers
  // and the address to return to that is a multiple of 16.
  add(
    microsoft,
    { arguments: 2, calls: 5, room: 16 },
    ...[...stack('push', ...windows), 'sub rsp,216', ...lower(save, 56)],
    ...['mov rdi,rcx', 'mov rsi,rdx', 'lea r11,[rsp+40]', 'vzeroupper', ...lower(restore, 56)],
    ...['add rsp,216', ...stack('pop', ...windows.toReversed()), 'ret'],
  );
  add(
    microsoft,
    { arguments: 1, changes: [0, 1, 3, 7] },
    ...['push rbx', 'push rdi', 'sub rsp,160', ...lower(save, 0), 'mov rdi,rcx', 'lea r11,[rsp]'],
    ...['vzeroupper', ...lower(restore, 0), 'add rsp,160', 'pop rdi', 'pop rbx', 'ret'],
  );
  return cases;
}
