// `--engine` and what goes with it: which program computes. None of it is a part of a run's identity.
import { type Command, Option } from 'commander';
import { UserError } from '../core/errors.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import type { EngineName, TorchOptions } from '../torch/job.ts';
import { integer } from './common.ts';

export interface EngineFlags {
  engine?: EngineName;
  python?: string;
  compile?: boolean;
  gpus?: number;
  device?: DeviceName;
}

/** Adds the flags to a command; `engine` false where a study says which one it is. */
export function addEngineFlags(command: Command, { engine = true } = {}): Command {
  if (engine)
    command.addOption(
      new Option(
        '--engine <name>',
        'what computes: gaplab itself (native), or PyTorch (torch), on an NVIDIA card where there is one',
      ).choices(['native', 'torch']),
    );
  return command
    .option('--python <file>', 'with PyTorch: the interpreter (default: $GAPLAB_PYTHON, else python3)')
    .option('--compile', 'with PyTorch: compile the model (torch.compile)')
    .option('--gpus <n>', 'with PyTorch: GPUs of this machine that share each run (torchrun)', integer(1));
}

/**
 * The options for PyTorch. Throws UserError where flags belong to the other engine;
 * `isTorch` undefined: not known yet.
 */
export function torchOptions(flags: EngineFlags, isTorch: boolean | undefined): TorchOptions {
  const { python, compile, gpus } = flags;
  if (isTorch === false) {
    const stray = Object.entries({ python, compile, gpus }).find(([, value]) => value !== undefined);
    if (stray) throw new UserError(`--${stray[0]} is for PyTorch: add --engine torch, or leave it out`);
  }
  if (isTorch && flags.device === 'webgpu')
    throw new UserError(
      "--device webgpu is for gaplab's own engine: leave it out, PyTorch takes an NVIDIA card by itself",
    );
  return { python, compile, gpus };
}
