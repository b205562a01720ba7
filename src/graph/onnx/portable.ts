// Node types that some backend lacks or gets wrong, spelled out in simpler ones.
// What a backend lacks, its session opener says (runtime/backend.ts).
import type { Emitter, OnnxAttr } from '../tensor.ts';

/** Axes of the value of that name. */
type RankOf = (name: string) => number;
type Attrs = Record<string, OnnxAttr>;
type Spell = (emit: Emitter, inputs: string[], outputs: string[], attrs: Attrs, rankOf: RankOf) => void;

const spellings: Record<string, Spell> = {
  /** Over the last axis: y = x w / sqrt(mean(x^2) + epsilon), and 1 / sqrt(...) as the second output. */
  SimplifiedLayerNormalization(emit, [x, weight], [y, inverse = emit.temp()], { epsilon }) {
    const [square, mean, above, root, unit] = Array.from({ length: 5 }, () => emit.temp());
    emit.node('Mul', [x, x], [square]);
    emit.node('ReduceMean', [square, emit.ints([-1])], [mean]);
    emit.node('Add', [mean, emit.floats([], [(epsilon as { float: number }).float])], [above]);
    emit.node('Sqrt', [above], [root]);
    emit.node('Reciprocal', [root], [inverse]);
    emit.node('Mul', [x, inverse], [unit]);
    emit.node('Mul', [unit, weight], [y]);
  },
  /** Over the last axis: y = (x - mean) w / sqrt(variance + epsilon) + bias, the mean, and 1 / sqrt(...). */
  LayerNormalization(emit, [x, weight, bias], [y, mean = emit.temp(), inverse = emit.temp()], { epsilon }) {
    const [centred, square, variance, above, root, unit, scaled] = Array.from({ length: 7 }, () =>
      emit.temp(),
    );
    emit.node('ReduceMean', [x, emit.ints([-1])], [mean]);
    emit.node('Sub', [x, mean], [centred]);
    emit.node('Mul', [centred, centred], [square]);
    emit.node('ReduceMean', [square, emit.ints([-1])], [variance]);
    emit.node('Add', [variance, emit.floats([], [(epsilon as { float: number }).float])], [above]);
    emit.node('Sqrt', [above], [root]);
    emit.node('Reciprocal', [root], [inverse]);
    emit.node('Mul', [centred, inverse], [unit]);
    emit.node('Mul', [unit, weight], [scaled]);
    emit.node('Add', [scaled, bias], [y]);
  },
  /**
   * alpha a b, batched, each optionally transposed in its last two axes and stored with its rows outermost.
   */
  FusedMatMul(emit, [a, b], [y], attrs, rankOf) {
    const flag = (name: string) => name in attrs && (attrs[name] as { int: number }).int === 1;
    const turned = (x: string, outer: boolean, trans: boolean): string => {
      const rank = rankOf(x);
      const batch = Array.from({ length: rank - 2 }, (_, i) => (outer ? i + 1 : i));
      const rows = outer ? 0 : rank - 2;
      const perm = [...batch, ...(trans ? [rank - 1, rows] : [rows, rank - 1])];
      if (perm.every((axis, i) => axis === i)) return x;
      const name = emit.temp();
      emit.node('Transpose', [x], [name], { perm: { ints: perm } });
      return name;
    };
    const alpha = attrs.alpha ? (attrs.alpha as { float: number }).float : 1;
    const product = alpha === 1 ? y : emit.temp();
    const left = turned(a, flag('transBatchA'), flag('transA'));
    const right = turned(b, flag('transBatchB'), flag('transB'));
    emit.node('MatMul', [left, right], [product]);
    if (alpha !== 1) emit.node('Mul', [product, emit.floats([], [alpha])], [y]);
  },
  /** Rows x [N, D] added to those of `base` that a column [N, 1] names: element by element. */
  ScatterND(emit, [base, column, x], [y]) {
    const [shape, indices] = [emit.temp(), emit.temp()];
    emit.node('Shape', [x], [shape]);
    emit.node('Expand', [column, shape], [indices]);
    emit.node('ScatterElements', [base, indices, x], [y], { axis: { int: 0 }, reduction: { string: 'add' } });
  },
};

/**
 * `emit` for a backend without the node types `lacks`. Throws for a type that nobody knows how to spell out.
 */
export function without(lacks: readonly string[], emit: Emitter, rankOf: RankOf): Emitter {
  const unknown = lacks.find((type) => !Object.hasOwn(spellings, type));
  if (unknown) throw new Error(`${unknown} cannot be spelled out in simpler nodes`);
  return {
    ...emit,
    node(type, inputs, outputs, attrs = {}, domain) {
      if (lacks.includes(type)) spellings[type](emit, inputs, outputs, attrs, rankOf);
      else emit.node(type, inputs, outputs, attrs, domain);
    },
  };
}
