// What computes graphs and kernels on Node.
import type { OpenSession } from './backend.ts';
import { findMachineCode } from './machine-code.ts';
import { openSession as open } from './ort/session.ts';

export const openSession: OpenSession = Object.assign(
  (model: Uint8Array, threads: number) => open(model, threads),
  { machineCode: () => findMachineCode().machineCode },
);
