// How the pages are built. `scripts/ui.ts` calls the build; `npx vite web` serves
// the sources while one works on them.
import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { playFiles } from './play-files.ts';

export default defineConfig({
  root: import.meta.dirname,
  // Addresses are relative, so that an export works in any folder of any web server.
  base: './',
  plugins: [playFiles()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // ONNX Runtime's own files stay files: its threads load them again, and nothing of ours with them.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'production'] },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: resolve(import.meta.dirname, '../dist/web'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
  },
});
