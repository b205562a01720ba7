// ONNX Runtime's shared library, and the functions of its C API that are used here.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../core/errors.ts';
import koffi, { type LibraryHandle } from '../../ffi.ts';
import { ortHome } from './home.ts';

/** Version of the API that is asked for: 23 came with ONNX Runtime 1.23. Later libraries offer it too. */
const API_VERSION = 23;

// Every pointer is `void *`: koffi takes null, an address, or a typed array (whose
// memory is passed, not a copy).
const P = 'void *';
/** An OrtStatus: null, or an error to be thrown. */
const STATUS = 'status';

/**
 * Members of the struct OrtApi: position, result, arguments. The struct only ever
 * grows at its end, so positions hold for all later versions (`onnxruntime_c_api.h`;
 * its implementation asserts some of these positions).
 */
const members = {
  GetErrorMessage: [2, 'str', [P]],
  CreateEnv: [3, STATUS, ['int', 'str', P]],
  CreateSessionFromArray: [8, STATUS, [P, P, 'size_t', P, P]],
  Run: [9, STATUS, [P, P, P, P, 'size_t', P, 'size_t', P]],
  CreateSessionOptions: [10, STATUS, [P]],
  SetSessionExecutionMode: [13, STATUS, [P, 'int']],
  /** Of the profiler's file, which is written when the session is released: how its name begins. */
  EnableProfiling: [14, STATUS, [P, 'str']],
  DisableMemPattern: [17, STATUS, [P]],
  SetSessionLogSeverityLevel: [22, STATUS, [P, 'int']],
  SetSessionGraphOptimizationLevel: [23, STATUS, [P, 'int']],
  SetIntraOpNumThreads: [24, STATUS, [P, 'int']],
  SetInterOpNumThreads: [25, STATUS, [P, 'int']],
  CreateCustomOpDomain: [26, STATUS, ['str', P]],
  CustomOpDomain_Add: [27, STATUS, [P, P]],
  AddCustomOpDomain: [28, STATUS, [P, P]],
  CreateTensorAsOrtValue: [48, STATUS, [P, P, 'size_t', 'int', P]],
  CreateTensorWithDataAsOrtValue: [49, STATUS, [P, P, 'size_t', P, 'size_t', 'int', P]],
  CreateMemoryInfo: [68, STATUS, ['str', 'int', 'int', 'int', P]],
  CreateCpuMemoryInfo: [69, STATUS, ['int', 'int', P]],
  ReleaseStatus: [93, 'void', [P]],
  ReleaseMemoryInfo: [94, 'void', [P]],
  ReleaseSession: [95, 'void', [P]],
  ReleaseValue: [96, 'void', [P]],
  ReleaseSessionOptions: [100, 'void', [P]],
  ReleaseCustomOpDomain: [101, 'void', [P]],
  AddSessionConfigEntry: [130, STATUS, [P, 'str', 'str']],
  CreateAllocator: [131, STATUS, [P, P, P]],
  ReleaseAllocator: [132, 'void', [P]],
  RunWithBinding: [133, STATUS, [P, P, P]],
  CreateIoBinding: [134, STATUS, [P, P]],
  ReleaseIoBinding: [135, 'void', [P]],
  BindInput: [136, STATUS, [P, 'str', P]],
  BindOutput: [137, STATUS, [P, 'str', P]],
  SessionOptionsAppendExecutionProvider: [216, STATUS, [P, 'str', P, P, 'size_t']],
} satisfies Record<string, [number, string, string[]]>;

/** Members that kernels call: only their addresses are wanted. */
const called = {
  GetTensorMutableData: 51,
  KernelContext_GetInput: 90,
  KernelContext_GetOutput: 91,
  KernelContext_ParallelFor: 274,
};

type Argument = bigint | number | string | NodeJS.TypedArray | null;
export type Api = Record<Exclude<keyof typeof members, 'GetErrorMessage'>, (...args: Argument[]) => void> & {
  GetErrorMessage(status: bigint): string;
};

export interface OrtLibrary {
  /** Version of ONNX Runtime. */
  version: string;
  /** The C API; a status that is an error is thrown with ONNX Runtime's message. */
  api: Api;
  /** The process's environment, which every session needs. */
  env: bigint;
  /** Addresses of the functions that kernels call. */
  called: Record<keyof typeof called, number>;
}

function libraryFile(): string {
  const dir = join(ortHome(), 'bin', 'napi-v6', process.platform, process.arch);
  const name = {
    linux: /^libonnxruntime\.so/,
    darwin: /^libonnxruntime.*\.dylib$/,
    win32: /^onnxruntime\.dll$/,
  };
  let files: string[] = [];
  try {
    files = readdirSync(dir);
  } catch {
    // Said below.
  }
  const file = files.find((f) => name[process.platform as keyof typeof name]?.test(f));
  if (!file)
    throw new UserError(
      `ONNX Runtime does not come for ${process.platform}-${process.arch}; use Linux, macOS (arm64) or Windows, on x64 or arm64`,
    );
  return join(dir, file);
}

/**
 * Never dropped: koffi unloads a library when its handle is collected, and the functions
 * taken from it would be gone.
 */
let handle: LibraryHandle | undefined;

function load(): OrtLibrary {
  handle = koffi.load(libraryFile());
  const base = handle.func('OrtGetApiBase', P, [])();
  // struct OrtApiBase { GetApi, GetVersionString }
  const [getApi, getVersion] = koffi.decode(base, koffi.array('uintptr_t', 2)) as BigUint64Array;
  const version: string = koffi.decode(getVersion, koffi.proto('str', []))();
  const struct: bigint | null = koffi.decode(getApi, koffi.proto(P, ['uint32_t']))(API_VERSION);
  if (struct === null)
    throw new Error(`ONNX Runtime ${version} is too old: 1.${API_VERSION} or newer is needed`);
  const positions = [...Object.values(members).map(([index]) => index), ...Object.values(called)];
  const length = 1 + Math.max(...positions);
  const table = koffi.decode(struct, koffi.array('uintptr_t', length)) as BigUint64Array;
  const functions = Object.entries(members).map(([name, [index, result, args]]) => {
    const f = koffi.decode(table[index], koffi.proto(result === STATUS ? P : result, args));
    return [name, result === STATUS ? (...values: Argument[]) => check(f(...values)) : f];
  });
  const api = Object.fromEntries(functions) as Api;
  const check = (status: bigint | null) => {
    if (status === null) return;
    const message = api.GetErrorMessage(status);
    api.ReleaseStatus(status);
    throw new Error(message);
  };
  const addresses = Object.entries(called).map(([name, index]) => [name, Number(table[index])]);
  return {
    version,
    api,
    // Log level 3: errors only.
    env: made((out) => api.CreateEnv(3, 'gaplab', out)),
    called: Object.fromEntries(addresses),
  };
}

/**
 * Names as the C API takes them: addresses of strings that end with a zero. `text` is what they point into.
 */
export function cStrings(names: readonly string[]): { pointers: BigUint64Array; text: Uint8Array } {
  const encoded = names.map((name) => new TextEncoder().encode(`${name}\0`));
  const text = new Uint8Array(
    Math.max(
      1,
      encoded.reduce((n, bytes) => n + bytes.length, 0),
    ),
  );
  const base = BigInt(koffi.address(text));
  let at = 0;
  const pointers = BigUint64Array.from(encoded, (bytes) => {
    text.set(bytes, at);
    at += bytes.length;
    return base + BigInt(at - bytes.length);
  });
  return { pointers, text };
}

/** The handle that `create` writes where its argument points. */
export function made(create: (out: BigUint64Array) => void): bigint {
  const out = new BigUint64Array(1);
  create(out);
  return out[0];
}

let loaded: OrtLibrary | undefined;
/** The library, loaded at first use. Throws UserError where the package has none for this platform. */
export const ortLibrary = (): OrtLibrary => (loaded ??= load());
