// How often the most probable class is the right one, over the examples that validation is measured on.
import { createProbeModel } from '../runtime/probing.ts';
import { host } from '../runtime/targets/host.ts';
import type { RunConfig } from './config.ts';
import { type ValidationData, validationChunks } from './evaluate.ts';

/** Share of right predictions with the parameters `params`. */
export async function measureAccuracy(
  params: Float32Array,
  config: Pick<RunConfig, 'model' | 'eval'>,
  data: ValidationData,
  threads: number,
): Promise<number> {
  const at = createProbeModel({ model: config.model, params, threads }, host);
  let [right, all] = [0, 0];
  try {
    for (const { sequences: ids, count } of validationChunks(config, data)) {
      right += count * (await at.accuracy({ ids, count }));
      all += count;
    }
  } finally {
    await at.close();
  }
  return right / all;
}
