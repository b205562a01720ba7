// Where ONNX Runtime's files are: in the package onnxruntime-node, and of a published gaplab in a copy of its
// libraries (scripts/build.ts), since that package downloads hundreds of megabytes when it is installed.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Its folder. */
export function ortHome(): string {
  const own = fileURLToPath(new URL('../../../onnxruntime', import.meta.url));
  if (existsSync(own)) return own;
  return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
}

export const ortVersion = (): string =>
  JSON.parse(readFileSync(join(ortHome(), 'package.json'), 'utf8')).version;
