// Where ONNX Runtime's files are: in the package onnxruntime-node, and of a published gaplab in a copy of its libraries
// (scripts/build.ts), since that package downloads hundreds of megabytes for CUDA when it is installed.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const versionIn = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;

/** Its folder. Beside a published gaplab the package is used where somebody installed the same version, for the sake of CUDA. */
export function ortHome(): string {
  const own = fileURLToPath(new URL('../../../onnxruntime', import.meta.url));
  const hasOwn = existsSync(own);
  try {
    const there = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    if (!hasOwn || versionIn(there) === versionIn(own)) return there;
  } catch (error) {
    if (!hasOwn) throw error;
  }
  return own;
}

export const ortVersion = (): string => versionIn(ortHome());
