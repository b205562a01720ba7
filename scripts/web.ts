// `npm run build:web [-- FOLDER]`: the browser's side as plain files for any web server: browser.js, browser/worker.js, and
// ONNX Runtime beside them. The folder is dist-web unless said otherwise.
import { cpSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
/** Of ONNX Runtime: for WebAssembly, and (asyncify) for WebGPU. */
const runtimeFiles = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
]);

/** Writes the files to `folder`, which is emptied first. Returns what went into the bundles (paths from the root). */
export async function buildWeb(folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/browser.ts', 'src/browser/worker.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // ONNX Runtime's .mjs stays a file of its own: its threads load it again, and nothing of ours with it.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    logLevel: 'warning',
  });
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  for (const file of runtimeFiles) cpSync(join(runtime, file), join(folder, file));
  return Object.keys(metafile.inputs);
}

if (import.meta.filename === realpathSync(process.argv[1])) {
  const folder = resolve(process.argv[2] ?? 'dist-web');
  await buildWeb(folder);
  console.log(`built ${relative(process.cwd(), folder) || folder}`);
}
