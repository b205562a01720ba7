// Whether a run has room in memory, asked before anything is allocated: a process
// that does not is killed without a word.
import { totalmem } from 'node:os';
import { UserError } from '../core/errors.ts';
import { memory } from '../model/cost.ts';
import { parameterCount } from '../model/parameters.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import type { RunConfig } from './config.ts';

type Run = Pick<RunConfig, 'model' | 'optimizer' | 'batchSize' | 'microBatch'>;

const GIB = 2 ** 30;
/** Node and ONNX Runtime themselves (bench/memory.ts). */
const PROCESS = 0.14 * GIB;
/**
 * Models whose buffers are below this share of the memory are not looked at: the estimate
 * takes as long as a short run.
 */
const SMALL = 0.1;

/** Bytes that this process may use: of the machine, or of the container if that has a limit. */
export function memoryHere(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Bytes of the training process, an estimate. */
export function memoryOf(run: Run, recompute = false): number {
  const stateBuffers = optimizer(run.optimizer.name).state(run.optimizer.hyper).length;
  return PROCESS + memory(run.model, { ...run, stateBuffers, recompute }).total;
}

const gib = (bytes: number) => (bytes / GIB).toFixed(1);

/**
 * Throws UserError, one line that says what fits, when the run needs more than `available`
 * bytes (default: of this machine).
 */
export function checkFits(run: Run, { recompute = false, available = memoryHere() } = {}): void {
  const { name, hyper } = run.optimizer;
  const buffers = (2 + optimizer(name).state(hyper).length) * 4 * parameterCount(run.model);
  if (buffers < SMALL * available) return;
  const needed = memoryOf(run, recompute);
  if (needed <= available) return;
  const sgd = (momentum: number) => ({ name: 'sgd', hyper: resolveHyper('sgd', { momentum }) });
  const others: [string, number][] = [
    ['--recompute', memoryOf(run, true)],
    ['--micro-batch 1', memoryOf({ ...run, microBatch: 1 }, recompute)],
    ['--optimizer sgd', memoryOf({ ...run, optimizer: sgd(0.9) }, recompute)],
    ['--optimizer sgd --hyper momentum=0', memoryOf({ ...run, optimizer: sgd(0) }, recompute)],
    ['--optimizer sgd --hyper momentum=0 --recompute', memoryOf({ ...run, optimizer: sgd(0) }, true)],
  ];
  // The last one holds two changes: only named when none of the others is enough.
  const fitting = others.filter(([, bytes]) => bytes <= available && bytes < needed);
  const [single, both] = [fitting.filter((o) => o !== others.at(-1)), fitting.slice(-1)];
  const named = (single.length > 0 ? single : both).map(([flags, bytes]) => `${flags} (${gib(bytes)})`);
  throw new UserError(
    `${(parameterCount(run.model) / 1e6).toFixed(0)}M parameters with ${name} need about ${gib(needed)} GiB, there are ${gib(available)}; ${
      named.length > 0 ? `what fits: ${named.join(', ')}` : 'choose a smaller model'
    }`,
  );
}
