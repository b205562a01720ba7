// A fast stream of standard normals for simulations in plain JavaScript, filled by the SIMD generator.
import { LaneBuilder } from '../assembly/wasm/lanes.ts';
import { instantiate } from '../assembly/wasm/module.ts';
import { GENERATOR_BYTES, generatorState, loadGenerator, normalPair } from './lanes-math.ts';

const SIZE = 4096;
const END = GENERATOR_BYTES + 4 * SIZE;

/** Fills memory with normals from behind the generator up to an address. */
function fillNormals() {
  const k = new LaneBuilder();
  const end = k.parameter('i32');
  const generator = loadGenerator(k, k.int(0));
  const at = k.int(GENERATOR_BYTES);
  k.loopBelow(at, end, () => {
    normalPair(k, generator).forEach((z, i) => {
      k.store(at, z, 16 * i);
    });
    k.advance(at, 32);
  });
  generator.store();
  return k.finish('run');
}

/** The normals of stream `name` of `seed`, one by one (single precision). */
export function createNormals(seed: number, name: string): () => number {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(END / 65536) });
  const { run: fill } = instantiate(memory, 'normals', () => [fillNormals()]);
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
