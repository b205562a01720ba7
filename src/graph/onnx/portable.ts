// Node types that some backend lacks or gets wrong, spelled out in simpler ones. What a backend lacks, its session opener says
// (runtime/backend.ts).
import type { Emitter, OnnxAttr } from '../tensor.ts';

type Spell = (emit: Emitter, inputs: string[], outputs: string[], attrs: Record<string, OnnxAttr>) => void;

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
};

/** `emit` for a backend without the node types `lacks`. Throws for a type that nobody knows how to spell out. */
export function without(lacks: readonly string[], emit: Emitter): Emitter {
  const unknown = lacks.find((type) => !Object.hasOwn(spellings, type));
  if (unknown) throw new Error(`${unknown} cannot be spelled out in simpler nodes`);
  return {
    ...emit,
    node(type, inputs, outputs, attrs = {}, domain) {
      if (lacks.includes(type)) spellings[type](emit, inputs, outputs, attrs);
      else emit.node(type, inputs, outputs, attrs, domain);
    },
  };
}
