// What computes graphs and kernels on Node.
import type { OpenSession } from './backend.ts';
import { findMachineCode } from './machine-code.ts';
import { customKernels } from './ort/custom-op.ts';
import { openSession as open } from './ort/session.ts';

export const openSession: OpenSession = Object.assign((...args: Parameters<OpenSession>) => open(...args), {
  machineCode: () => findMachineCode().machineCode,
  kernels(threads: number) {
    const { machineCode } = findMachineCode();
    return machineCode?.wide ? customKernels(threads, machineCode) : undefined;
  },
});
