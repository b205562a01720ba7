// Who takes part in a comparison: how each side is started, and what to do when it is not there.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startLines } from './line-process.ts';
import { findPython } from './peers/python.ts';

export interface BenchSide {
  /** Name on the command line, and in tables. */
  key: string;
  name: string;
  /** Starts a process for `threads` threads. */
  start(threads: number): ReturnType<typeof startLines>;
  /** Says why it cannot take part, in one line. */
  missing?: string;
  /** FLOP of a step beyond which this side takes longer than anybody waits. */
  atMost?: number;
}

export interface SideFlags {
  python?: string;
  jsPeers?: string;
  verbose: boolean;
  /** Another checkout of gaplab. */
  against?: string;
  /** What keeps processes of Python to AVX2: an environment. */
  onlyAvx2?: Record<string, string>;
}

const here = (file: string) => join(import.meta.dirname, 'peers', file);

/**
 * Memory that a step frees is kept for the next one. By default glibc gives large blocks back to the system,
 * and every step of JAX and PyTorch takes thousands of page faults: up to two fifths of its time.
 */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 31),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
  MALLOC_TOP_PAD_: String(2 ** 26),
};

export const gaplab = (verbose: boolean): BenchSide => ({
  key: 'gaplab',
  name: 'gaplab',
  start: () => startLines([process.execPath, here('step_gaplab.ts')], { verbose }),
});

/** gaplab as it is in another checkout, whose dependencies are installed. */
export function otherCheckout(folder: string, verbose: boolean): BenchSide {
  const file = resolve(folder, 'bench/peers/step_gaplab.ts');
  return {
    key: 'other',
    name: 'other gaplab',
    missing: existsSync(file) ? undefined : `${folder} is no checkout of gaplab`,
    start: () => startLines([process.execPath, file], { verbose }),
  };
}

function python(key: string, name: string, modules: string[], args: string[], flags: SideFlags): BenchSide {
  const { python, missing } = findPython(['numpy', ...modules], flags.python);
  return {
    key,
    name,
    missing,
    start: (threads) =>
      startLines([python!, here(args[0]), ...args.slice(1)], {
        env: {
          ...KEEP_MEMORY,
          ...flags.onlyAvx2,
          PEER_THREADS: String(threads),
          OMP_NUM_THREADS: String(threads),
        },
        verbose: flags.verbose,
      }),
  };
}

function script(
  [key, name]: [string, string],
  packages: string[],
  file: string,
  atMost: number,
  flags: SideFlags,
): BenchSide {
  const folder = resolve(flags.jsPeers ?? '.');
  const there = flags.jsPeers && packages.every((p) => existsSync(join(folder, 'node_modules', p)));
  return {
    key,
    name,
    atMost,
    missing: there
      ? undefined
      : `npm install --prefix DIR ${packages.join(' ')}, then --js-peers DIR (a folder to throw away)`,
    start: () => startLines([process.execPath, here(file), folder], { verbose: flags.verbose }),
  };
}

/** All peers, the fastest first, after gaplab itself in another checkout. */
export const peers = (flags: SideFlags): BenchSide[] => [
  ...(flags.against ? [otherCheckout(flags.against, flags.verbose)] : []),
  python('jax', 'JAX', ['jax', 'optax'], ['step_jax.py'], flags),
  python('compile', 'torch.compile', ['torch'], ['step_pytorch.py', '--compile'], flags),
  python('torch', 'PyTorch eager', ['torch'], ['step_pytorch.py'], flags),
  // About 8 and 1.6 GFLOP a second: steps of up to four seconds.
  script(['jaxjs', 'jax-js'], ['@jax-js/jax'], 'step_jaxjs.mjs', 3e10, flags),
  script(
    ['tfjs', 'TensorFlow.js'],
    ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
    'step_tfjs.mjs',
    6e9,
    flags,
  ),
];

/** Processes that multiply matrices and copy memory. */
export const ceilingSides = (flags: SideFlags): BenchSide[] => [
  python('openblas', 'OpenBLAS', [], ['ceiling_numpy.py'], flags),
  {
    key: 'ort',
    name: 'ONNX Runtime',
    missing: flags.onlyAvx2 && 'cannot be kept to AVX2',
    start: (threads) =>
      startLines([process.execPath, here('ceiling_ort.ts'), '--threads', String(threads)], {
        verbose: flags.verbose,
      }),
  },
];
