// The backend of Node: ONNX Runtime on the processor, with kernels in machine code where there are some.
import type { VectorSet } from '../../assembly/x64/vectors.ts';
import type { Backend } from '../backend.ts';
import { customKernels } from './ort/custom-op.ts';
import { openSession } from './ort/session.ts';
import { findMachineCode } from './x64/pages.ts';

/** With kernels of graph nodes in one instruction set; undefined: without any. */
export const hostWith = (nodes: () => VectorSet | undefined): Backend => ({
  open: openSession,
  machineCode: () => findMachineCode().machineCode,
  kernels(threads) {
    const { machineCode } = findMachineCode();
    const set = nodes();
    return machineCode && set ? customKernels(threads, set, machineCode) : undefined;
  },
});

/** With the best that there is, and that is allowed. */
export const host: Backend = hostWith(() => findMachineCode().machineCode?.nodes);
