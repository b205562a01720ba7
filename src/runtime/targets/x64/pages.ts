// Functions that are made at run time of instructions for this processor. Their
// pages of memory are first written and then made executable, and never both at once.
// Linux on x64 with AVX2; elsewhere kernels stay WebAssembly, with the same bits.
import { readFileSync } from 'node:fs';
import { avx2 } from '../../../assembly/x64/avx2.ts';
import { avx512 } from '../../../assembly/x64/avx512.ts';
import { systemV } from '../../../assembly/x64/convention.ts';
import type { VectorSet } from '../../../assembly/x64/vectors.ts';
import { UserError } from '../../../core/errors.ts';
import { shown } from '../../../core/shown.ts';
import { type MachineCode, MachineCodeError } from '../../backend.ts';
import koffi from '../../ffi.ts';

const [READ, WRITE, EXECUTE] = [1, 2, 4];
const [PRIVATE, ANONYMOUS] = [0x02, 0x20];
const PAGE = 4096;

/** What makes functions, or why there is none here. */
type Found = { machineCode: MachineCode; why?: never } | { machineCode?: never; why: string };

/** The best that is allowed: docs/architecture.md says what each value means. */
const SWITCH = 'GAPLAB_KERNELS';
const CHOICES = ['ort', 'wasm', 'avx2', 'avx512'] as const;
type KernelChoice = (typeof CHOICES)[number];

function allowed(): KernelChoice {
  const value = process.env[SWITCH] || 'avx512';
  const choice = CHOICES.find((one) => one === value);
  if (!choice) throw new UserError(`${SWITCH} must be one of ${CHOICES.join(', ')}, not ${shown(value)}`);
  return choice;
}

/** Instruction sets that kernels can be made for, the best first. */
const SETS: readonly VectorSet[] = [avx512, avx2];

/** Throws where this process cannot have any. */
function open(): MachineCode {
  const platform = `${process.platform}-${process.arch}`;
  const choice = allowed();
  if (choice === 'wasm') throw new Error(`${SWITCH}=wasm`);
  if (platform !== 'linux-x64') throw new Error(`written for linux-x64, this is ${platform}`);
  const features = /^flags\b.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0].split(' ') ?? [];
  if (!features.includes('avx2')) throw new Error('this processor has no AVX2');
  const libc = koffi.load(null);
  const map = libc.func('mmap', 'uintptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
  const protect = libc.func('mprotect', 'int', ['uintptr_t', 'size_t', 'int']);
  const type = koffi.proto('void', ['uintptr_t']);
  const place: MachineCode['place'] = (code) => {
    const size = Math.ceil(code.length / PAGE) * PAGE;
    const pages: number | bigint = map(0, size, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0);
    // An address has 47 bits; an error is -1.
    if (typeof pages !== 'number') throw none('this system gives no memory for machine code');
    new Uint8Array(koffi.view(pages, size)).set(code);
    if (protect(pages, size, READ | EXECUTE) !== 0) throw none('this system lets no page be executed');
    return pages;
  };
  const link: MachineCode['link'] = (code) => koffi.decode(place(code), type);
  // A function that returns at once: is it allowed?
  link(Uint8Array.of(0xc3))(0);
  const sets = SETS.filter(
    ({ name, needs }) =>
      needs.every((feature) => features.includes(feature)) && (choice !== 'avx2' || name === 'avx2'),
  );
  return {
    sets,
    convention: systemV,
    nodes: choice === 'ort' ? undefined : sets[0],
    place,
    link,
    address: (memory) => Number(koffi.address(memory)),
  };
}

let found: Found | undefined;

/** Execution may be refused later although it was allowed at first. From then on there is no machine code. */
function none(why: string): MachineCodeError {
  found = { why };
  return new MachineCodeError(why);
}

export function findMachineCode(): Found {
  if (found) return found;
  try {
    found = { machineCode: open() };
  } catch (error) {
    if (error instanceof UserError) throw error;
    found = { why: (error as Error).message };
  }
  return found;
}
