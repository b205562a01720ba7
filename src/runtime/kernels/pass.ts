// A compiled pass, and what it is run on.
import { instantiate } from '../../core/wasm-module.ts';
import { emitPass, type Pass } from './emit.ts';

/** Elements from `offset` on. */
export interface Range {
  offset: number;
  size: number;
}
/** Scalars, or addresses of buffers, by name. */
export type Values = Record<string, number>;
/** Runs a pass over a range; `more` are the parameters of what is taken of sizes. */
export type RunPass = (at: Values, range: Range, scalars: Values, more?: readonly number[]) => number[];

export function compilePass(pass: Pass, memory: WebAssembly.Memory): RunPass {
  const { pointers, scalars: names, key, spec } = emitPass(pass);
  const { run } = instantiate(memory, key, (address) => [spec(address)]);
  return (at, { offset, size }, scalars, more = []) => {
    // Called for every tensor: a list that grows is cheaper than one made of lists.
    const args = [size];
    for (const name of pointers) args.push(at[name] + 4 * offset);
    for (const name of names) args.push(scalars[name]);
    for (const value of more) args.push(value);
    const result = run(...args) as number | number[] | undefined;
    return Array.isArray(result) ? result : [result ?? 0];
  };
}
