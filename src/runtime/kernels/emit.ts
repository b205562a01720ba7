// Turns per-coordinate expressions into one in-place SIMD pass over flat f32 buffers.
import { type Expr, type Instruction, lower } from '../../optim/expr.ts';
import { type Address, type Code, countedLoop, type FunctionSpec, f32, f32x4, local, v128 } from './wasm.ts';

/** A pass: new values of some buffers, as expressions over all of them and over uniform scalars. */
export interface Pass {
  /** Buffers to write, and what to write; all values are read before any is written, coordinate by coordinate. */
  buffers: readonly string[];
  values: readonly Expr[];
}

/** The compiled shape of a pass: parameters are (count, one byte offset per pointer, one f32 per scalar). */
export interface EmittedPass {
  /** The function for pointers of a width. */
  spec(address: Address): FunctionSpec;
  pointers: string[];
  scalars: string[];
  /** Equal for passes that compile to the same code. */
  key: string;
}

// Four vectors an iteration: the loop's own work disappears, and loads of the next overlap divisions of the last.
const UNROLL = 4;
const LANES = 4;

/** Emits the pass as an exported function `run`. */
export function emitPass({ buffers, values }: Pass): EmittedPass {
  const { instructions, outputs } = lower(values);
  const named = (op: string) => [...new Set(instructions.flatMap((i) => (i.op === op ? [i.name!] : [])))];
  const pointers = [...new Set([...buffers, ...named('buffer')])];
  const scalars = named('scalar');
  const pointer = (name: string) => 1 + pointers.indexOf(name);
  const firstValue = 1 + pointers.length + scalars.length;

  const compute = (at: Instruction, load: (pointer: number) => Code): Code => {
    const args = at.args.flatMap((arg) => local.get(firstValue + arg));
    switch (at.op) {
      case 'const':
        return [...f32.const(at.value!), ...f32x4.splat];
      case 'scalar':
        return [...local.get(1 + pointers.length + scalars.indexOf(at.name!)), ...f32x4.splat];
      case 'buffer':
        return load(pointer(at.name!));
      case 'select': {
        const [mask, yes, no] = at.args;
        return [...[yes, no, mask].flatMap((arg) => local.get(firstValue + arg)), ...v128.bitselect];
      }
      default:
        return [...args, ...f32x4[at.op]];
    }
  };
  const block = (uniform: boolean, load: (pointer: number) => Code): Code =>
    instructions.flatMap((at, index) =>
      at.uniform === uniform ? [...compute(at, load), ...local.set(firstValue + index)] : [],
    );
  const step = (load: (pointer: number) => Code, store: Code): Code => [
    ...block(false, load),
    ...buffers.flatMap((name, k) => [
      ...local.get(pointer(name)),
      ...local.get(firstValue + outputs[k]),
      ...store,
    ]),
  ];
  const vectors = Array.from({ length: UNROLL }, (_, i) => 16 * i).flatMap((offset) =>
    step((p) => [...local.get(p), ...v128.load(offset)], v128.store(offset)),
  );
  // The tail runs the same vector arithmetic with one live lane, so a coordinate gets the same bits wherever
  // in a vector, or in a split of the range, it happens to lie.
  const single = step((p) => [...local.get(p), ...v128.load32()], v128.store32());
  const all = pointers.map((_, k) => 1 + k);

  return {
    pointers,
    scalars,
    key: JSON.stringify([
      buffers,
      outputs,
      instructions.map((i) => [i.op, i.args, i.name, String(i.value), Object.is(i.value, -0)]),
    ]),
    spec: (address) => ({
      name: 'run',
      params: [address.type, ...pointers.map(() => address.type), ...scalars.map(() => 'f32' as const)],
      results: [],
      locals: instructions.map(() => 'v128' as const),
      body: [
        ...block(true, () => []),
        ...countedLoop(address, 0, UNROLL * LANES, all, vectors),
        ...countedLoop(address, 0, 1, all, single),
      ],
    }),
  };
}
