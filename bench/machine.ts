// What a measurement was made on, in one line.
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { env } from 'onnxruntime-node';

export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'processor unknown';
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${model}, ${availableParallelism()} cores, ${memory}, ${process.platform}-${process.arch}`;
}

export const versions = (): string =>
  `Node ${process.versions.node}, ONNX Runtime ${env.versions.node ?? env.versions.common}`;

/**
 * A warning when others use the processor, else undefined: the load of the last minute,
 * which must be taken before measuring.
 */
export function busy(): string | undefined {
  const [load] = loadavg();
  return load > 0.5
    ? `the machine is busy (load ${load.toFixed(1)}): read these numbers as ratios`
    : undefined;
}
