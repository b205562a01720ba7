// The engine of a device by name.

import { createEngine, type Engine, type EngineConfig } from './engine.ts';
import type { DeviceName } from './targets/gpu/device.ts';
import { host } from './targets/host.ts';

/** Throws UserError when there is no such device here. */
export async function openEngine(config: EngineConfig, device: DeviceName): Promise<Engine> {
  if (device === 'cpu') return createEngine(config, host);
  const [{ createDeviceEngine }, { openDevice }] = await Promise.all([
    import('./targets/gpu/engine.ts'),
    import('./targets/ort/device.ts'),
  ]);
  const opened = openDevice(device);
  try {
    return await createDeviceEngine(config, opened);
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** Throws UserError, with what to do, when there is no such device here. */
export async function requireDevice(device: DeviceName): Promise<void> {
  if (device === 'cpu') return;
  const { openDevice } = await import('./targets/ort/device.ts');
  openDevice(device).close();
}
