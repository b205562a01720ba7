// Training with WebGPU, on a GPU in software: every optimizer has the losses of the CPU.
import { after, test } from 'node:test';
import { variants } from '../../../model/variants.testing.ts';
import { model, others, perTensor, rules, sameAsCpu, stacked } from './same-as-cpu.testing.ts';
import { softwareGpu } from './software-gpu.testing.ts';

const gpu = softwareGpu();
const skip = 'missing' in gpu && gpu.missing;
after(() => {
  if ('device' in gpu) gpu.device.close();
});

for (const name of rules)
  test(`${name} has the losses of the CPU`, { skip }, () => sameAsCpu('webgpu', name));
for (const [name, words] of Object.entries(variants))
  test(`${name} has the losses of the CPU`, { skip }, () =>
    sameAsCpu('webgpu', 'muon', {}, { ...model, ...words }),
  );
for (const [name, of] of Object.entries(others))
  test(`objective ${name} has the losses of the CPU`, { skip }, () => sameAsCpu('webgpu', 'adam', {}, of));
for (const [name, hyper, lr] of perTensor)
  test(`${name} measures the tensors of the exported model`, { skip }, () =>
    sameAsCpu('webgpu', name, hyper, stacked, lr),
  );
test('momentum, Nesterov, decay', { skip }, () =>
  sameAsCpu('webgpu', 'sgd', { momentum: 0.9, nesterov: 1, weightDecay: 0.1 }),
);
