// For tests: a GPU in software, the Vulkan driver SwiftShader out of Debian's chromium package.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import koffi, { type LibraryHandle } from '../../ffi.ts';
import { openDevice } from '../ort/device.ts';
import type { Device } from './device.ts';

const folder = '/usr/lib/chromium';
const driver = join(folder, 'vk_swiftshader_icd.json');
const loader = join(folder, 'libvulkan.so.1');

/**
 * What keeps a software GPU alive: the driver's loader, and a device that keeps
 * compiled kernels between others.
 */
interface SoftwareGpu {
  loader: LibraryHandle | undefined;
  device: Device;
}

/**
 * Makes WebGPU run in software, in this process. Returns `{missing}`, a reason for skipping, when it cannot.
 */
export function softwareGpu(): SoftwareGpu | { missing: string } {
  if (!existsSync(driver))
    return { missing: `no software GPU: ${driver} is missing (Debian package chromium)` };
  process.env.VK_ICD_FILENAMES = driver;
  try {
    // WebGPU looks for it by its name alone, under which it is found once it is loaded.
    const handle = existsSync(loader) ? koffi.load(loader) : undefined;
    return { loader: handle, device: openDevice('webgpu') };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}
