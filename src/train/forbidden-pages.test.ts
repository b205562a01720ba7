// Where the system lets no page be executed, from the start or from some moment on, runs are as with
// GAPLAB_KERNELS=wasm.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { forbidExecution } from '../runtime/targets/x64/forbid-execution.testing.ts';
import { findMachineCode } from '../runtime/targets/x64/pages.ts';

/**
 * Trains in a process that first does what `before` says; gives the hash of the parameters,
 * and why there was no machine code.
 */
function trained(before: string, env: Record<string, string> = {}): { hash: string; why?: string } {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    const { findMachineCode } = await import(${url('../runtime/targets/x64/pages.ts')});
    const { forbidExecution } = await import(${url('../runtime/targets/x64/forbid-execution.testing.ts')});
    ${before};
    const { train } = await import(${url('./train.ts')});
    const { syntheticData, tinyRun } = await import(${url('./tiny-run.testing.ts')});
    const { paramsSha256 } = await train(tinyRun(), { data: syntheticData() });
    console.log(JSON.stringify({ hash: paramsSha256, why: findMachineCode().why }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.match(stdout, /hash/, stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

test('a system that forbids executable pages, at once or later, gives the results of WebAssembly', {
  skip: findMachineCode().why,
}, () => {
  const { hash } = trained('', { GAPLAB_KERNELS: 'wasm' });
  const why = 'this system lets no page be executed';
  const forbid = `${forbidExecution.name}()`;
  assert.deepEqual(trained(forbid), { hash, why });
  // The first function is allowed, the second is not.
  assert.deepEqual(trained(`findMachineCode(); ${forbid}`), { hash, why });
});
