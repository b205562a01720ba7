// What is said where there is no Python, or one that cannot train.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { commandOf, findPython } from './python.ts';

const dir = mkdtempSync(join(tmpdir(), 'gaplab-python-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** A program in the place of Python, which answers with these lines. */
function stand(name: string, script: string): string {
  const file = join(dir, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const refused = (command: string, pattern: RegExp) =>
  assert.throws(
    () => findPython(command),
    (e) => e instanceof UserError && pattern.test(e.message) && !e.message.includes('\n'),
  );

test('no Python, one without PyTorch, one that breaks, old ones: each is a line that says what to do', () => {
  refused(join(dir, 'nowhere'), /needs Python, and .*nowhere cannot be started .*--python or GAPLAB_PYTHON/);
  const missing = stand('missing', `echo "ModuleNotFoundError: No module named 'torch'" >&2; exit 1`);
  refused(missing, /missing has no PyTorch: install torch and safetensors/);
  const broken = stand('broken', `echo 'ImportError: libcudart.so: cannot open' >&2; exit 1`);
  refused(broken, /cannot load PyTorch \(ImportError: libcudart.so: cannot open\)/);
  for (const [name, script] of [
    ['silent', ''],
    ['talker', 'echo hello'],
    ['other', "echo '[5]'"],
  ])
    refused(
      stand(name, script),
      new RegExp(`${name} did not say which PyTorch it has: .*--python or GAPLAB_PYTHON`),
    );
  const answer = (python: string, torch: string) =>
    `echo '${JSON.stringify({ python, torch, safetensors: '0.5.0', gpus: [] })}'`;
  refused(stand('python39', answer('3.9.18', '2.4.0')), /needs Python 3\.10 or later, .* has 3\.9\.18/);
  refused(stand('torch23', answer('3.10.1', '2.3.1+cu121')), /needs PyTorch 2\.4 or later, .* has 2\.3\.1/);
  assert.deepEqual(findPython(stand('good', answer('3.10.0', '2.10.0a0+git'))).gpus, []);
});

test('several GPUs are several processes', () => {
  const python = { command: 'py', versions: { python: '', torch: '', safetensors: '' }, gpus: [] };
  assert.deepEqual(commandOf(python), ['py', '-m', 'gaplab_torch']);
  assert.deepEqual(
    commandOf(python, 4).join(' '),
    'py -m torch.distributed.run --standalone --nproc-per-node 4 -m gaplab_torch',
  );
});
