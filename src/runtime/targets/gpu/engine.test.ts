// Training on a device is training on the CPU, to the rounding of float32: here
// with the CPU itself as the device, in webgpu.long.test.ts with a GPU.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variants } from '../../../model/variants.testing.ts';
import { openDevice } from '../ort/device.ts';
import { createDeviceEngine } from './engine.ts';
import {
  model,
  others,
  perTensor,
  relative,
  rules,
  sameAsCpu,
  sequencesOf,
  stacked,
  tinyConfig,
} from './same-as-cpu.testing.ts';

for (const name of rules) test(`${name} has the losses of the CPU`, () => sameAsCpu('cpu', name));
for (const [name, words] of Object.entries(variants))
  test(`${name} has the losses of the CPU`, () => sameAsCpu('cpu', 'muon', {}, { ...model, ...words }));
for (const [name, of] of Object.entries(others))
  test(`objective ${name} has the losses of the CPU`, () => sameAsCpu('cpu', 'adam', {}, of));
for (const [name, hyper, lr] of perTensor)
  test(`${name} measures the tensors of the exported model`, () =>
    sameAsCpu('cpu', name, hyper, stacked, lr));
test('momentum, Nesterov, decay', () =>
  sameAsCpu('cpu', 'sgd', { momentum: 0.9, nesterov: 1, weightDecay: 0.1 }));

test('what was pulled and pushed goes on with the same numbers', async () => {
  const config = tinyConfig('adam');
  const [a, b] = [
    await createDeviceEngine(config, openDevice('cpu')),
    await createDeviceEngine(config, openDevice('cpu')),
  ];
  a.initialize(1);
  for (const step of [0, 1, 2]) {
    await a.gradient(sequencesOf(4, step), 4);
    a.update({ lr: 0.01, step, clip: null });
  }
  await a.pull();
  assert.ok(relative(a.grads, new Float32Array(a.grads.length)) > 0);
  b.params.set(a.params);
  for (const key of Object.keys(a.state)) b.state[key].set(a.state[key]);
  await b.push();
  const losses: number[] = [];
  for (const engine of [a, b]) {
    losses.push(await engine.gradient(sequencesOf(4, 3), 4));
    engine.update({ lr: 0.01, step: 3, clip: null });
    await engine.pull();
  }
  assert.equal(losses[0], losses[1]);
  assert.deepEqual(a.params, b.params);
  await a.close();
  await assert.rejects(a.gradient(sequencesOf(1, 0), 1), /closed/);
  await a.close();
  await b.close();
});
