// For tests: the Python that is to train, or why there is none.
import { findPython, type Python } from './python.ts';

/** Tests skip, with the reason, where $GAPLAB_PYTHON names no Python that has PyTorch. */
export function torchHere(): { python: Python; skip: false } | { python: undefined; skip: string } {
  if (!process.env.GAPLAB_PYTHON)
    return { python: undefined, skip: 'GAPLAB_PYTHON names no Python with torch and safetensors' };
  try {
    return { python: findPython(), skip: false };
  } catch (error) {
    return { python: undefined, skip: (error as Error).message };
  }
}
