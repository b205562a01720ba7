// What computes graphs and kernels on Node.
import type { VectorSet } from '../../assembly/x64/vectors.ts';
import type { OpenSession } from '../backend.ts';
import { findMachineCode } from './x64/pages.ts';
import { customKernels } from './ort/custom-op.ts';
import { openSession as open } from './ort/session.ts';

/** With kernels of graph nodes in one instruction set; undefined: without any. */
export const sessionWith = (nodes: () => VectorSet | undefined): OpenSession =>
  Object.assign((...args: Parameters<OpenSession>) => open(...args), {
    machineCode: () => findMachineCode().machineCode,
    kernels(threads: number) {
      const { machineCode } = findMachineCode();
      const set = nodes();
      return machineCode && set ? customKernels(threads, set, machineCode) : undefined;
    },
  });

/** With the best that there is, and that is allowed. */
export const openSession: OpenSession = sessionWith(() => findMachineCode().machineCode?.nodes);
