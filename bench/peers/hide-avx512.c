/* Makes a process believe that its processor has AVX2 at most: loaded by LD_PRELOAD, on Linux with x64.
 *
 * Libraries ask the instruction `cpuid` which kernels they may use, and heed no common switch. The system can make
 * `cpuid` a fault instead (arch_prctl, where the processor has `cpuid_fault`). The fault is answered here, with the bits
 * of AVX-512, AMX and AVX-VNNI taken out.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012
#define BIT(n) (1u << (n))

/* Not libc's syscall(): it would write errno, in the middle of anything. */
static long set_cpuid(long allowed) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(SYS_arch_prctl), "D"(ARCH_SET_CPUID), "S"(allowed)
                   : "rcx", "r11", "memory");
  return result;
}

static void on_fault(int number, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)r[REG_RIP];
  (void)number, (void)info;
  if (code[0] != 0x0f || code[1] != 0xa2) {
    /* A fault of another kind: it comes again, and ends the process. */
    signal(SIGSEGV, SIG_DFL);
    return;
  }
  uint32_t leaf = r[REG_RAX], part = r[REG_RCX], a, b, c, d;
  set_cpuid(1);
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(leaf), "c"(part));
  set_cpuid(0);
  if (leaf == 7 && part == 0) {
    /* F, DQ, IFMA, PF, ER, CD, BW, VL */
    b &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
    /* VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ */
    c &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
    /* 4VNNIW, 4FMAPS, VP2INTERSECT, AMX-BF16, FP16, AMX-TILE, AMX-INT8 */
    d &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
  }
  if (leaf == 7 && part == 1) {
    /* AVX-VNNI, AVX512-BF16, AMX-FP16, AVX-IFMA; then newer kinds of AVX-VNNI and AMX, and AVX10 */
    a &= ~(BIT(4) | BIT(5) | BIT(21) | BIT(23));
    d = 0;
  }
  r[REG_RAX] = a;
  r[REG_RBX] = b;
  r[REG_RCX] = c;
  r[REG_RDX] = d;
  r[REG_RIP] += 2;
}

__attribute__((constructor)) static void hide(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  static const char missing[] = "this processor cannot hide instruction sets (no cpuid_fault)\n";
  sigaction(SIGSEGV, &action, 0);
  if (set_cpuid(0) == 0) return;
  if (write(2, missing, sizeof missing - 1)) {
  }
  _exit(1);
}
