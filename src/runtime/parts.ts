// Buffers of a graph by the names of its inputs.
import { reachable, type Tensor } from '../graph/tensor.ts';
import type { Parameter } from '../model/parameters.ts';
import type { Buffers } from './backend.ts';

/** Parts of a flat buffer by parameter. */
export const partsOf = (flat: Float32Array, prefix: string, of: readonly Parameter[]): Buffers =>
  Object.fromEntries(
    of.map((p) => [prefix + p.name, { data: flat.subarray(p.offset, p.offset + p.size), shape: p.shape }]),
  );

/** Those of the buffers that the graph has inputs for: a session refuses what it has no use for. */
export function inputsOf(outputs: readonly Tensor[], buffers: Buffers): Buffers {
  const used = reachable(outputs).filter(({ op }) => op.name === 'input');
  const names = used.map(({ attrs }) => (attrs as { name: string }).name);
  return Object.fromEntries(names.map((name) => [name, buffers[name]]));
}
