// The engine's sessions in a browser: ONNX Runtime for the web, on WebAssembly or WebGPU.
import type { InferenceSession } from 'onnxruntime-web/wasm';
import { UserError } from '../core/errors.ts';
import type { Backend, Buffers } from '../runtime/backend.ts';

export type BrowserDevice = 'wasm' | 'webgpu';

export interface RuntimePlace {
  device: BrowserDevice;
  /** Threads of WebAssembly; more than one needs a cross-origin isolated page. */
  threads: number;
  /**
   * Folder (absolute URL, ends with a slash) of ONNX Runtime's own .mjs and .wasm files;
   * else beside the script.
   */
  wasmPaths?: string;
}

/**
 * A package of ONNX Runtime: the one for WebGPU is twice the size, so each is loaded only when it is wanted.
 */
const runtimes = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
};

/**
 * Starts ONNX Runtime. Its files and threads are settled by the first call in a worker,
 * so one worker serves one run. Throws UserError when the browser has no WebGPU adapter.
 */
export async function browserSessions({ device, threads, wasmPaths }: RuntimePlace): Promise<Backend> {
  if (device === 'webgpu') await checkAdapter();
  const ort = await runtimes[device]();
  ort.env.wasm.numThreads = threads;
  if (wasmPaths) ort.env.wasm.wasmPaths = wasmPaths;
  const toTensors = (buffers: Buffers) =>
    Object.fromEntries(
      Object.entries(buffers).map(([name, { data, shape }]) => [
        name,
        data instanceof Float32Array
          ? new ort.Tensor('float32', data, shape)
          : new ort.Tensor('int64', data, shape),
      ]),
    );
  const open: Backend['open'] = async (model) => {
    const options: InferenceSession.SessionOptions = {
      executionProviders: [device],
      graphOptimizationLevel: 'basic',
      // Errors only: that shape arithmetic stays on the processor under WebGPU is as it should be.
      logSeverityLevel: 3,
    };
    const session = await ort.InferenceSession.create(model, options);
    return {
      bind(inputs, outputs) {
        const feeds = toTensors(inputs);
        return async () => {
          // Inputs are copied into the runtime's own memory, results come as copies;
          // outputs given beforehand are not written (as of 1.30).
          const results = await session.run(feeds);
          for (const [name, { data }] of Object.entries(outputs)) {
            const result = results[name].data as Float32Array<ArrayBuffer>;
            (data as Float32Array).set(result);
            // The garbage collector would let go of the copy late.
            result.buffer.transfer?.(0);
          }
        };
      },
      close: () => session.release(),
    };
  };
  // WebGPU (as of 1.30) has no kernel for the first, which would run on the processor between two copies,
  // and leaves the second output of the last, the inverse root mean square, at zero;
  // further outputs of the other norm are not trusted either.
  const lacks = ['FusedMatMul', 'LayerNormalization', 'SimplifiedLayerNormalization'];
  return device === 'webgpu' ? { open, lacks } : { open };
}

/** The part of the WebGPU API that is asked here; TypeScript's DOM library has not got it yet. */
interface GpuApi {
  requestAdapter(): Promise<unknown>;
}

async function checkAdapter(): Promise<void> {
  const { gpu } = navigator as { gpu?: GpuApi };
  if (!(await gpu?.requestAdapter()))
    throw new UserError('this browser offers no WebGPU adapter; choose device "wasm"');
}
