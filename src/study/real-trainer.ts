// The trainer that workers use: gaplab's own engine or PyTorch, with prepared data
// that is opened once per process, or the user's script.

import { UserError } from '../core/errors.ts';
import { openData, type PreparedData } from '../data/index.ts';
import { runScript } from '../script/run-script.ts';
import { trainTorch } from '../torch/train-torch.ts';
import { isScript } from '../train/run-id.ts';
import type { ScriptConfig } from '../train/script-config.ts';
import { train } from '../train/train.ts';
import { checkScript } from './resolve-script.ts';
import type { CreateTrainer, Outcome, RunOptions } from './trainer.ts';

export const createTrainer: CreateTrainer = ({ cacheDir }) => {
  const opened = new Map<string, Promise<PreparedData>>();
  return async (config, options) => {
    if (isScript(config)) return scriptOutcome(config, options);
    const { fingerprint } = config.data;
    if (!opened.has(fingerprint)) opened.set(fingerprint, openData(fingerprint, cacheDir));
    try {
      const data = await opened.get(fingerprint)!;
      return await (options.torch ? trainTorch : train)(config, { ...options, data });
    } catch (error) {
      opened.delete(fingerprint); // whatever is wrong with the data may be mended before the next run
      throw error;
    }
  };
};

/** What a script says of its run, as a result. */
async function scriptOutcome(config: ScriptConfig, options: RunOptions): Promise<Outcome> {
  const { script } = options;
  if (!script) throw new UserError('a script needs a folder to run in: run its study again');
  checkScript(script);
  const { end, ...outcome } = await runScript(config, {
    ...options,
    folder: script.folder,
    graceSeconds: script.grace,
  });
  const {
    valBitsPerByte = null,
    valTokens = 0,
    valAccuracy,
    paramsSha256,
    engine,
    dtype,
    device,
  } = end ?? {};
  return { ...outcome, valBitsPerByte, valTokens, valAccuracy, paramsSha256, engine, dtype, device };
}
