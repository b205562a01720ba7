// Files that the playground loads when it is used: the addresses, and ONNX Runtime's two files.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Plugin } from 'vite';
import { playgroundFiles } from './shard.ts';

/**
 * For WebAssembly alone: the files for WebGPU are twice the size, and a model this small gains nothing
 * there.
 */
const runtime = 'ort-wasm-simd-threaded';

function runtimeFiles(): Map<string, Uint8Array> {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  return new Map(
    ['mjs', 'wasm'].map((kind) => [
      `play/${runtime}.${kind}`,
      Uint8Array.from(readFileSync(join(folder, `${runtime}.${kind}`))),
    ]),
  );
}

const types: Record<string, string> = {
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
};

/** Puts the files beside the built pages, and serves them while one works on the sources. */
export function playFiles(): Plugin {
  let files: Promise<Map<string, string | Uint8Array>> | undefined;
  const all = () => (files ??= playgroundFiles().then((corpus) => new Map([...corpus, ...runtimeFiles()])));
  return {
    name: 'gaplab-play-files',
    async generateBundle() {
      for (const [fileName, source] of await all()) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
        const content = name.startsWith('play/') ? (await all()).get(name) : undefined;
        if (content === undefined) return next();
        response.setHeader('content-type', types[extname(name)]);
        response.end(content);
      });
    },
  };
}
