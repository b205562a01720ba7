// A fast stream of standard normals for simulations in plain JavaScript, filled by the SIMD generator.
import { GENERATOR_BYTES, generatorState, loadGenerator, normalPair } from './lanes-math.ts';
import { createBuilder } from './simd.ts';

const SIZE = 4096;
const END = GENERATOR_BYTES + 4 * SIZE;
let emitted: ReturnType<typeof createBuilder> | undefined;

function builder() {
  const k = createBuilder(1);
  const generator = loadGenerator(k, k.int(0));
  const at = k.int(GENERATOR_BYTES);
  k.loop(at, k.argument(0), () => {
    normalPair(k, generator).forEach((z, i) => {
      k.store(at, z, 16 * i);
    });
    k.advance(at, 32);
  });
  generator.store();
  return k;
}

/** The normals of stream `name` of `seed`, one by one (single precision). */
export function createNormals(seed: number, name: string): () => number {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(END / 65536) });
  emitted ??= builder();
  const fill = emitted.compile(memory);
  new Int32Array(memory.buffer, 0, GENERATOR_BYTES / 4).set(generatorState(seed, name));
  const values = new Float32Array(memory.buffer, GENERATOR_BYTES, SIZE);
  let next = SIZE;
  return () => {
    if (next === SIZE) {
      fill(END);
      next = 0;
    }
    return values[next++];
  };
}
