// `gaplab doctor --device`: can models be trained there, and does it compute what the CPU computes?
import { createRng } from '../core/rng.ts';
import { parameterCount } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import { createEngine } from '../runtime/engine.ts';
import type { Device, DeviceName } from '../runtime/targets/gpu/device.ts';
import { createDeviceEngine } from '../runtime/targets/gpu/engine.ts';
import { host } from '../runtime/targets/host.ts';
import { NoDeviceError, openDevice } from '../runtime/targets/ort/device.ts';
import type { Check } from './doctor-check.ts';

const STEPS = 20;
const OPTIMIZER = 'adam';
const BATCH = 8;
/** Two pieces a step, so that adding up gradients is checked, too. */
const MICRO_BATCH = 4;
/** Nats per token; rounding gives a hundredth of it. */
const TOLERANCE = 1e-3;
const EVENTS = 'report it with this output and the name of the card and its driver';

/** Opens the device and trains there and on the CPU, side by side. */
export async function deviceChecks(name: DeviceName): Promise<Check[]> {
  const title = `device ${name}`;
  let device: Device;
  try {
    device = openDevice(name);
  } catch (error) {
    if (!(error instanceof NoDeviceError)) throw error;
    return [{ name: title, status: 'fail', found: error.reason, fix: error.help }];
  }
  try {
    return [{ name: title, status: 'ok', found: 'opens' }, await trains(device)];
  } catch (error) {
    const [found] = (error instanceof Error ? error.message : String(error)).split('\n');
    return [{ name: title, status: 'fail', found, fix: EVENTS }];
  } finally {
    device.close();
  }
}

async function trains(device: Device): Promise<Check> {
  const name = 'training';
  const model = modelPreset('tiny');
  const config = {
    model,
    optimizer: { name: OPTIMIZER, hyper: resolveHyper(OPTIMIZER) },
    microBatch: MICRO_BATCH,
    threads: 1,
  };
  const there = await createDeviceEngine(config, device);
  const here = await createEngine(config, host);
  try {
    const rng = createRng(1, 'doctor');
    const sequences = Int32Array.from({ length: BATCH * (model.seqLen + 1) }, () =>
      rng.below(model.vocabSize),
    );
    for (const engine of [here, there]) engine.initialize(1);
    const { lrGuess: lr } = optimizer(OPTIMIZER);
    let apart = 0;
    let seconds = 0;
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const started = performance.now();
      const loss = await there.gradient(sequences, BATCH);
      there.update({ lr, step, clip: 1 });
      // The first half compiles kernels.
      if (step >= STEPS / 2) seconds += (performance.now() - started) / 1000;
      const expected = await here.gradient(sequences, BATCH);
      here.update({ lr, step, clip: 1 });
      apart = Math.max(apart, Number.isFinite(loss) ? Math.abs(loss - expected) : Number.POSITIVE_INFINITY);
      losses.push(loss);
    }
    const rate = ((STEPS / 2) * BATCH * model.seqLen) / seconds;
    const perParameter = device.bytes() / parameterCount(model);
    const found = `${STEPS} steps, loss ${losses[0].toFixed(3)} to ${losses.at(-1)!.toFixed(3)}, at most ${apart.toExponential(1).replace('-', '−')} nats from the CPU's; ${Math.round(rate)} tokens/s; ${(device.bytes() / 2 ** 20).toFixed(1)} MiB of device memory (${perParameter.toFixed(0)} bytes per parameter, beside activations)`;
    if (apart < TOLERANCE && losses.at(-1)! < losses[0]) return { name, status: 'ok', found };
    return { name, status: 'fail', found, fix: `it computes something else than the CPU: ${EVENTS}` };
  } finally {
    await here.close();
    await there.close();
  }
}
