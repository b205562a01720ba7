// For tests, on Linux with x64: from a call on, this process and its children can
// make no page executable that was not, as under SELinux. (`strace -e inject=mprotect` refuses V8's pages,
// too, and Node does not get far.)
import koffi from 'koffi';

const [SET_NO_NEW_PRIVS, SET_SECCOMP, FILTER] = [38, 22, 2];
const [LOAD, AND, IF_EQUAL, RETURN] = [0x20, 0x54, 0x15, 0x06];
const MPROTECT = 10;
const [WRITE, EXECUTE] = [2, 4];
const [ALLOW, REFUSE] = [0x7fff0000, 0x00050000];
const EACCES = 13;

/** One instruction of a seccomp filter: `struct sock_filter`. */
function instruction(code: number, value: number, whenTrue = 0, whenFalse = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.set([whenTrue, whenFalse], 2);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

/** Refuses mprotect(2) that asks for pages to be executable and not writable; V8 asks for both. */
export function forbidExecution(): void {
  const filter = Buffer.concat([
    instruction(LOAD, 0), // number of the call
    instruction(IF_EQUAL, MPROTECT, 0, 4),
    instruction(LOAD, 32), // its third argument
    instruction(AND, WRITE | EXECUTE),
    instruction(IF_EQUAL, EXECUTE, 0, 1),
    instruction(RETURN, REFUSE | EACCES),
    instruction(RETURN, ALLOW),
  ]);
  const program = Buffer.alloc(16); // struct sock_fprog
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(BigInt(koffi.address(filter)), 8);
  const prctl = koffi.load(null).func('int prctl(int option, ulong a, void *b, ulong c, ulong d)');
  if (prctl(SET_NO_NEW_PRIVS, 1, null, 0, 0) !== 0 || prctl(SET_SECCOMP, FILTER, program, 0, 0) !== 0)
    throw new Error('no seccomp here');
}
