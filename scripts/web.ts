// `npm run build:web [-- FOLDER]`: the browser's side as plain files for any web server:
// browser.js, browser/worker.js, and ONNX Runtime beside them. The folder is dist-web unless said otherwise.
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { UserError } from '../src/core/errors.ts';
import { ownedFolder } from '../src/files/owned.ts';

const root = resolve(import.meta.dirname, '..');
/** Of ONNX Runtime: for WebAssembly, and (asyncify) for WebGPU. */
const runtimeFiles = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
]);

/**
 * Writes the files to `folder`, in place of those of an earlier build. Returns what went
 * into the bundles (paths from the root). Throws UserError when a file of somebody else is in the way there.
 */
export async function buildWeb(folder: string): Promise<string[]> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/browser.ts', 'src/browser/worker.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap: true,
    metafile: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // ONNX Runtime's .mjs stays a file of its own: its threads load it again, and nothing of ours with it.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    logLevel: 'warning',
  });
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const files = new Map<string, Uint8Array>([
    ...outputFiles.map(
      ({ path, contents }) => [relative(folder, path).replaceAll('\\', '/'), contents] as const,
    ),
    ...runtimeFiles.map((file) => [file, readFileSync(join(runtime, file))] as const),
  ]);
  const owned = ownedFolder(folder, 'build:web');
  owned.write(files);
  owned.remove((name) => !files.has(name));
  return Object.keys(metafile.inputs);
}

if (import.meta.filename === realpathSync(process.argv[1])) {
  const folder = resolve(process.argv[2] ?? 'dist-web');
  try {
    await buildWeb(folder);
    console.log(`built ${relative(process.cwd(), folder) || folder}`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
