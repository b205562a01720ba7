// For tests: a graph's outputs as ONNX Runtime computes them.
import type { VectorSet } from '../assembly/x64/vectors.ts';
import { reachable, sizeOf, type Tensor } from '../graph/tensor.ts';
import { type Backend, type Buffers, openGraph } from './backend.ts';
import { host } from './targets/host.ts';
import { findMachineCode } from './targets/x64/pages.ts';

const { machineCode, why } = findMachineCode();

/**
 * Instruction sets that kernels of graph nodes can be tested in here: all that the processor has, and that
 * GAPLAB_KERNELS allows.
 */
export const vectorSets: readonly VectorSet[] = machineCode?.sets ?? [];
/** Why tests of kernels of graph nodes are left out here; false: they are not. */
export const noKernels: string | false =
  vectorSets.length > 0 ? false : `kernels of graph nodes need AVX2 (${why ?? 'this processor has none'})`;

/** Without kernels of ours. */
export const plainHost: Backend = { open: host.open };

/** Values of the named `outputs`, given those of the inputs by name. */
export async function runGraph(
  outputs: Record<string, Tensor>,
  feeds: Record<string, ArrayLike<number>>,
  threads = 1,
  backend: Backend = host,
): Promise<Record<string, Float32Array>> {
  const inputs: Buffers = {};
  for (const { op, attrs, outputs: made } of reachable(Object.values(outputs)))
    if (op.name === 'input') {
      const { name } = attrs as { name: string };
      const { shape, dtype } = made[0];
      const data =
        dtype === 'int64'
          ? BigInt64Array.from(feeds[name] as number[], BigInt)
          : Float32Array.from(feeds[name]);
      inputs[name] = { data, shape };
    }
  const results = Object.fromEntries(
    // Filled beforehand, so that an output that is not written shows.
    Object.entries(outputs).map(([name, { shape }]) => [
      name,
      { data: new Float32Array(sizeOf(shape)).fill(Number.NaN), shape },
    ]),
  );
  const session = await openGraph(backend, outputs, threads);
  try {
    await session.bind(inputs, results)();
  } finally {
    await session.close();
  }
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]));
}
