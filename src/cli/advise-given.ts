// What `gaplab advise` is asked for: a model by preset, config.json or number of parameters, and the flags.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Given } from '../advise/given.ts';
import { momentsOf } from '../advise/moments.ts';
import { ownStudy } from '../advise/own-study.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { ModelConfig } from '../model/config.ts';
import { countByKind, flopPerToken } from '../model/cost.ts';
import { gpus, utilisation } from '../model/gpu.ts';
import { parameterCount } from '../model/parameters.ts';
import { modelPreset, modelPresets } from '../model/presets.ts';
import { loadStudyDir } from '../report/load.ts';
import { readMeasurements } from '../report/probes.ts';
import { summarizeStudy } from '../report/summary.ts';
import { readModelConfig } from '../train/llama.ts';

export interface GivenFlags {
  tokens?: number;
  memory?: number;
  batchSizes?: number[];
  study?: string;
  probe?: string;
  speed?: number;
  gpu?: string;
}

export function givenOf(name: string, flags: GivenFlags): Given {
  const { tokens, memory, batchSizes = [1, 16, 256] } = flags;
  const sizes = batchSizes.toSorted((a, b) => a - b);
  const study = flags.study === undefined ? undefined : studyIn(flags.study);
  const moments = flags.probe === undefined ? undefined : momentsOf(readMeasurements(flags.probe, 'noise'));
  const common = { label: name, tokens, memory, batchSizes: sizes, study, moments };
  const size = modelOf(name);
  if (!size.model) {
    if (flags.gpu !== undefined)
      throw new UserError('--gpu needs the shape of the model: give a preset or a config.json, or --speed');
    return { ...common, ...size, ...(flags.speed ? { speed: ownSpeed(flags.speed) } : {}) };
  }
  const gpu = flags.gpu === undefined ? undefined : gpus[flags.gpu];
  if (flags.gpu !== undefined && !gpu)
    throw new UserError(`unknown --gpu "${shown(flags.gpu)}"; choose from ${Object.keys(gpus).join(', ')}`);
  const perToken = flopPerToken(size.model).total;
  const peak = gpu && {
    from: (gpu.peak.bf16 * utilisation.low) / perToken,
    to: (gpu.peak.bf16 * utilisation.high) / perToken,
    source: `${gpu.label} in bf16 at an assumed 10% to 40% of its published peak; not measured`,
  };
  const speed = flags.speed ? ownSpeed(flags.speed) : peak;
  return { ...common, ...size, ...(speed ? { speed } : {}) };
}

type Size = Pick<Given, 'model' | 'parameters' | 'inner' | 'seqLen'>;

/** Throws UserError for a name that is no model. */
export function modelOf(name: string): Size {
  const size = Number(name);
  if (Number.isFinite(size) && size >= 1) return { parameters: size, inner: size, seqLen: null };
  const model = Object.hasOwn(modelPresets, name)
    ? modelPreset(name)
    : existsSync(name)
      ? configured(name)
      : undefined;
  if (!model)
    throw new UserError(
      `${shown(name)} is no preset (${Object.keys(modelPresets).join(', ')}), no config.json, and no number of parameters`,
    );
  return sizeOfModel(model);
}

/** `path` is a config.json, whatever its name, or a folder with one. */
function configured(path: string): ModelConfig {
  const file = statSync(path).isDirectory() ? join(path, 'config.json') : path;
  try {
    return readModelConfig(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}; a number of parameters, such as 7e9, can be given in its place`);
  }
}

export function sizeOfModel(model: NonNullable<Size['model']>): Size {
  const { embedding, head } = countByKind(model);
  const parameters = parameterCount(model);
  return { model, parameters, inner: parameters - embedding - head, seqLen: model.seqLen };
}

const ownSpeed = (speed: number) => ({ from: speed, to: speed, source: 'at the speed that you measured' });

function studyIn(dir: string) {
  const loaded = loadStudyDir(resolve(dir));
  const summary = summarizeStudy(loaded);
  const [group, ...more] = summary.groups;
  if (!group || more.length > 0)
    throw new UserError(`${dir} has several models or budgets; give a study of one`);
  return ownStudy(loaded, summary, group);
}

/** Option parser: `24GB`, `40GiB`, in bytes. */
export function memorySize(text: string): number {
  const [, size, unit, binary] = /^([\d.]+)\s*([GM])(i?)B?$/i.exec(text) ?? [];
  const scale = (binary ? 1024 : 1000) ** (unit?.toUpperCase() === 'G' ? 3 : 2);
  if (unit === undefined || !(Number(size) > 0))
    throw new InvalidArgumentError('It must be a size such as 24GB or 40GiB.');
  return Number(size) * scale;
}
