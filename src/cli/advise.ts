// `gaplab advise [MODEL]`: which optimizer, batch size and learning rate to begin with,
// and where each number comes from.
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Given, OwnStudy } from '../advise/given.ts';
import { fits } from '../advise/memory.ts';
import { openingFacts } from '../advise/opening.ts';
import { rateFacts } from '../advise/rates.ts';
import { recommend } from '../advise/recommend.ts';
import { closeMargin } from '../analysis/claims/decide.ts';
import { geometricMean, noisePredictions, openings, overTraining } from '../analysis/opening.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { countByKind, flopPerToken } from '../model/cost.ts';
import { gpus, utilisation } from '../model/gpu.ts';
import { parameterCount } from '../model/parameters.ts';
import { modelPreset, modelPresets } from '../model/presets.ts';
import { loadStudyDir } from '../report/load.ts';
import { summarizeStudy } from '../report/summary.ts';
import { readModelConfig } from '../train/llama.ts';
import { adviceText } from './advise-text.ts';
import { action, type Context, command, examples, number } from './common.ts';
import { numbers } from './theory-flags.ts';

interface Flags {
  tokens?: number;
  memory?: number;
  batchSizes?: number[];
  study?: string;
  speed?: number;
  gpu?: string;
}

export function register(program: Command): void {
  const advise = command(
    program,
    'advise [model]',
    `What to begin with: what fits in memory, where SGD falls behind, starting learning rates and betas, and the time it takes. Each number
    says where it comes from; a rule is refused outside of its range. MODEL is a preset, a Llama config.json, or a number of parameters.`,
  )
    .option('--tokens <n>', 'training tokens of a run', number({ above: 0 }))
    .option('--memory <size>', 'memory of the device, as 24GB or 40GiB', sizeOf)
    .option(
      '--batch-sizes <list>',
      'in sequences, with commas between them (default: 1,16,256)',
      numbers({ min: 1, whole: true }),
    )
    .option('--study <dir>', 'a study of your own (or an import): what it measured comes first')
    .option('--speed <n>', 'tokens per second that you measured', number({ above: 0 }))
    .option('--gpu <name>', 'a graphics processor instead, by its published peak: h100 or a100');
  examples(advise, [
    ['gaplab advise 160m --memory 24GB --tokens 1.3e9', 'before anything is measured'],
    ['gaplab advise nano --tokens 300000 --study studies/quick', 'with what a study of yours found'],
    [
      'gaplab advise 7e9 --memory 80GB --batch-sizes 256,1024 --json',
      'from a number of parameters alone, for programs',
    ],
  ]);
  advise.action(
    action((ctx: Context, name: string | undefined, flags: Flags) => {
      const given = givenOf(name ?? 'nano', flags);
      const memory = fits(given);
      const opening = openingFacts(given);
      const batches = given.batchSizes.map((batchSize) => ({
        batchSize,
        rates: rateFacts(given, batchSize),
        recommendation: recommend(given, opening, batchSize),
      }));
      const seconds =
        given.speed && given.tokens
          ? {
              from: given.tokens / given.speed.to,
              to: given.tokens / given.speed.from,
              source: given.speed.source,
            }
          : null;
      const advice = { memory, opening, batches, seconds };
      for (const text of adviceText(given, advice)) ctx.out(text);
      ctx.result({ model: given.label, parameters: given.parameters, ...advice });
    }),
  );
}

function givenOf(name: string, flags: Flags): Given {
  const { tokens, memory, batchSizes = [1, 16, 256] } = flags;
  const study = flags.study === undefined ? undefined : ownStudy(flags.study);
  const sizes = batchSizes.toSorted((a, b) => a - b);
  const common = { label: name, tokens, memory, batchSizes: sizes, study };
  const size = Number(name);
  if (Number.isFinite(size) && size >= 1) {
    if (flags.gpu !== undefined)
      throw new UserError('--gpu needs the shape of the model: give a preset or a config.json, or --speed');
    return {
      ...common,
      parameters: size,
      inner: size,
      seqLen: null,
      ...(flags.speed ? { speed: ownSpeed(flags.speed) } : {}),
    };
  }
  const model = Object.hasOwn(modelPresets, name)
    ? modelPreset(name)
    : existsSync(name)
      ? readModelConfig(folderOf(name))
      : undefined;
  if (!model)
    throw new UserError(
      `${shown(name)} is no preset (${Object.keys(modelPresets).join(', ')}), no config.json, and no number of parameters`,
    );
  const { embedding, head } = countByKind(model);
  const parameters = parameterCount(model);
  const gpu = flags.gpu === undefined ? undefined : gpus[flags.gpu];
  if (flags.gpu !== undefined && !gpu)
    throw new UserError(`unknown --gpu "${shown(flags.gpu)}"; choose from ${Object.keys(gpus).join(', ')}`);
  const perToken = flopPerToken(model).total;
  const peak = gpu && {
    from: (gpu.peak.bf16 * utilisation.low) / perToken,
    to: (gpu.peak.bf16 * utilisation.high) / perToken,
    source: `${gpu.label} in bf16 at an assumed 10% to 40% of its published peak; not measured`,
  };
  const speed = flags.speed ? ownSpeed(flags.speed) : peak;
  return {
    ...common,
    model,
    parameters,
    inner: parameters - embedding - head,
    seqLen: model.seqLen,
    ...(speed ? { speed } : {}),
  };
}

const ownSpeed = (speed: number) => ({ from: speed, to: speed, source: 'at the speed that you measured' });
const folderOf = (path: string) => (statSync(path).isDirectory() ? resolve(path) : dirname(resolve(path)));

function ownStudy(dir: string): OwnStudy {
  const loaded = loadStudyDir(resolve(dir));
  const { cells, gaps, challenger, groups } = summarizeStudy(loaded);
  if (groups.length > 1) throw new UserError(`${dir} has several models or budgets; give a study of one`);
  const own = gaps.filter((gap) => gap.challenger === challenger);
  const adam = loaded.rows.filter(({ optimizer, status }) => optimizer === 'adam' && status === 'done');
  const sizes = adam.flatMap((row) => overTraining(noisePredictions(row), 'momentum') ?? []);
  const at = geometricMean(sizes.map((size) => size.at));
  const bound = sizes.every((size) => size.bound === 'exact')
    ? 'from all its measurements'
    : 'at least, since some measurements are bounds';
  return {
    name: loaded.study.name,
    cells,
    gaps: own,
    openings: openings(own, closeMargin),
    predicted: at === null ? null : { at, bound },
  };
}

function sizeOf(text: string): number {
  const [, size, unit, binary] = /^([\d.]+)\s*([GM])(i?)B?$/i.exec(text) ?? [];
  const scale = (binary ? 1024 : 1000) ** (unit?.toUpperCase() === 'G' ? 3 : 2);
  if (unit === undefined || !(Number(size) > 0))
    throw new InvalidArgumentError('It must be a size such as 24GB or 40GiB.');
  return Number(size) * scale;
}
