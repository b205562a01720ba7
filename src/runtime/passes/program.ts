// A pass as straight-line code, before it is written in the instructions of some machine.
import { type Expr, lower, type Program } from '../../optim/expr.ts';

/** A pass: new values of some buffers, as expressions over all of them and over uniform scalars. */
export interface Pass {
  /**
   * Buffers to write, and what to write; all values are read before any is written, coordinate by coordinate.
   */
  buffers: readonly string[];
  values: readonly Expr[];
  /** Expressions whose squares are summed: the first results of the function. */
  squares?: readonly Expr[];
  /**
   * An expression whose sizes are counted, or put aside: last parameters and results
   * as histogram.ts and bracket.ts say.
   */
  histogram?: Expr;
  bracket?: Expr;
}

export interface PassProgram extends Program {
  /** Buffers that are read or written, and scalars that are read, by name. */
  pointers: string[];
  scalars: string[];
  /** Equal for programs of the same code. */
  key: string;
}

/** The program of a pass: its outputs are the pass's values, then `more`; `plain` as for `lower`. */
export function programOf(
  { buffers, values, squares }: Pass,
  { more = [], plain }: { more?: readonly Expr[]; plain?: boolean } = {},
): PassProgram {
  const program = lower([...values, ...more], { squares, plain });
  const { instructions, outputs } = program;
  const named = (op: string) => [...new Set(instructions.flatMap((i) => (i.op === op ? [i.name!] : [])))];
  return {
    ...program,
    pointers: [...new Set([...buffers, ...named('buffer')])],
    scalars: named('scalar'),
    key: JSON.stringify([
      [buffers, outputs, program.squares],
      instructions.map((i) => [i.op, i.args, i.name, String(i.value), Object.is(i.value, -0)]),
    ]),
  };
}
