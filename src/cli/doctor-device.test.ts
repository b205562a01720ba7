// The self-check of a device: passes where training is right, and says in one line what is missing.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { deviceChecks } from './doctor-device.ts';

test('the CPU as a device agrees with itself', async () => {
  const checks = await deviceChecks('cpu');
  assert.deepEqual(
    checks.map(({ status }) => status),
    ['ok', 'ok'],
  );
  assert.match(checks[1].found, /20 steps, loss \d.* nats from the CPU's; \d+ tokens\/s; .* MiB/);
});

const mayHaveCard =
  process.platform !== 'linux' || existsSync('/dev/dri') || existsSync('/proc/driver/nvidia/version');

test('without a card, what is missing and what to do', {
  skip: (mayHaveCard || process.env.VK_ICD_FILENAMES !== undefined) && 'there may be a card',
}, async () => {
  const [check, ...more] = await deviceChecks('webgpu');
  assert.equal(more.length, 0);
  assert.equal(check.status, 'fail');
  assert.match(check.found, /WebGPU/);
  assert.match(check.fix!, /graphics card with its driver/);
  assert.ok(!check.found.includes('\n'));
});
