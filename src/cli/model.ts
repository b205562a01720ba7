// `gaplab model`: what a model costs before it is trained: parameters, arithmetic, memory.
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { countByKind, flopPerToken, type Memory, memory } from '../model/cost.ts';
import { paperGrids } from '../model/paper-grid.ts';
import { type Parameter, parameterCount, parameters } from '../model/parameters.ts';
import { modelPreset, modelPresets } from '../model/presets.ts';
import { optimizers, resolveHyper } from '../optim/registry.ts';
import type { OptimizerDef } from '../optim/rule.ts';
import { defaultMicroBatch } from '../runtime/micro-batch.ts';
import { action, type Context, command, examples, integer } from './common.ts';
import { showPlan } from './model-plan.ts';
import { bytes, integerText, table, withUnit, wrap } from './model-text.ts';
import { addSetFlag, type ModelChanges, modelFromFlags } from './run-flags.ts';

interface Options {
  set: ModelChanges;
  batchSize: number;
  microBatch?: number;
  recompute?: boolean;
  plan?: boolean;
  gpu: string;
}

/** What one memory of the engine holds (runtime/passes/memory.ts). */
const ENGINE_BYTES = 2 ** 34;

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

export function register(program: Command): void {
  const model = command(
    program,
    'model [preset]',
    'Show parameters, arithmetic and memory of a model; without a preset, list the presets.',
  );
  addSetFlag(model)
    .option('--batch-size <n>', 'sequences per step, for the memory', integer(1), 16)
    .option('--micro-batch <n>', 'sequences per piece of a step (default: what is fast and fits)', integer(1))
    .option('--recompute', 'memory when activations are computed again in the backward pass')
    .option('--plan', "days and memory of a study of the paper's size on graphics processors")
    .option('--gpu <name>', 'for --plan: h100 or a100', 'h100');
  examples(model, [
    ['gaplab model', 'the presets and their sizes'],
    ['gaplab model nano', 'one of them, in detail'],
    ['gaplab model 160m --batch-size 64 --micro-batch 4', 'memory with larger micro-batches'],
    ['gaplab model 1b --plan', "what a study of the paper's size would take"],
    ['gaplab model nano --set dim=128 --set heads=8 --json', 'a shape of your own, for programs'],
    ['gaplab model nano --set mlp=moe --set experts=4 --set topK=2', 'other layers: docs/models.md'],
  ]);
  model.action(
    action((ctx: Context, preset: string | undefined, options: Options) => {
      if (preset === undefined) list(ctx, options);
      else if (options.plan) showPlan(ctx, preset, modelFromFlags(preset, options.set), options.gpu);
      else describe(ctx, preset, options);
    }),
  );
}

function list(ctx: Context, { set, plan }: Options): void {
  if (plan) throw new UserError(`--plan is for one preset: ${Object.keys(paperGrids).join(', ')}`);
  if (Object.keys(set).length > 0)
    throw new UserError(`--set changes a preset: name one of ${Object.keys(modelPresets).join(', ')}`);
  const presets = Object.keys(modelPresets).map((name) => {
    const config = modelPreset(name);
    return { name, parameters: parameterCount(config), flopPerToken: flopPerToken(config).total, config };
  });
  const head = ['preset', 'parameters', 'layers', 'dim', 'heads', 'ffn', 'seqLen', 'vocab', 'FLOP/token'];
  const rows = presets.map(({ name, parameters: n, flopPerToken: flop, config: c }) => [
    name,
    withUnit(n),
    ...[c.layers, c.dim, c.heads, c.ffnDim, c.seqLen, c.vocabSize].map(String),
    withUnit(flop),
  ]);
  ctx.out(table([head, ...rows]));
  ctx.result(presets);
}

function describe(ctx: Context, preset: string, options: Options): void {
  const config = modelFromFlags(preset, options.set);
  const { batchSize, recompute } = options;
  const microBatch = Math.min(batchSize, options.microBatch ?? defaultMicroBatch(config, batchSize));
  const list = parameters(config);
  const total = parameterCount(config);
  const flop = flopPerToken(config);
  const memories = Object.values(optimizers).flatMap((def) =>
    variants(def).map(({ label, stateBuffers }) => ({
      optimizer: label,
      ...memory(config, { stateBuffers, batchSize, microBatch, recompute }),
    })),
  );

  const changed = Object.entries(options.set).map(([key, value]) => `, ${key} ${value}`);
  ctx.out(
    [
      ...wrap(`${preset}${changed.join('')}: ${integerText(total)} parameters`),
      '',
      parameterTable(config, list, total),
      '',
      `FLOP per token    ${integerText(flop.total)} (forward ${withUnit(flop.forward)}, backward ${withUnit(flop.backward)})`,
      `  6 N + 12 L T D  N = ${integerText(flop.matmulParameters)} in matrix products; attention ${percent(flop.attention / flop.total)}`,
      ...expertsLine(config),
      `FLOP per step     ${withUnit(flop.total * batchSize * config.seqLen)} at batch size ${batchSize}, ${integerText(batchSize * config.seqLen)} tokens`,
      `micro-batch       ${microBatch} sequences, ${Math.ceil(batchSize / microBatch)} to a step`,
      '',
      memoryTable(memories),
    ].join('\n'),
  );
  const details = list.map(({ name, kind, shape, size }) => ({
    name,
    kind,
    shape,
    count: size,
    share: size / total,
  }));
  ctx.result({
    preset,
    config,
    parameters: { total, byKind: countByKind(config), table: details },
    flopPerToken: flop,
    batchSize,
    microBatch,
    memory: memories,
  });
}

/** What is computed of a mixture of experts (model/layers/moe-mlp.ts), and what counts. */
const expertsLine = ({ experts, topK }: ModelConfig): string[] =>
  experts === undefined ? [] : [`  experts         all ${experts} compute every token, ${topK} count`];

/** An optimizer by its state: as it comes, and without the momentum that can be switched off. */
function variants(def: OptimizerDef): { label: string; stateBuffers: number }[] {
  const hyper = resolveHyper(def.name);
  const stateBuffers = def.state(hyper).length;
  const made = [{ label: def.name, stateBuffers }];
  if (!('momentum' in hyper)) return made;
  const without = def.state({ ...hyper, momentum: 0 }).length;
  return without < stateBuffers
    ? [...made, { label: `${def.name}, momentum=0`, stateBuffers: without }]
    : made;
}

/** One line for each parameter; the layers are alike and share theirs. */
function parameterTable(config: ModelConfig, list: Parameter[], total: number): string {
  const inLayer = (p: Parameter) => p.name.startsWith('layers.');
  const row = (p: Parameter, times = 1) => [
    times > 1 ? p.name.replace('layers.0.', 'layers.*.') : p.name,
    p.kind,
    `${times > 1 ? `${times} x ` : ''}[${p.shape.join(', ')}]`,
    integerText(times * p.size),
    percent((times * p.size) / total),
  ];
  const rows = list
    .filter((p) => !inLayer(p) || p.name.startsWith('layers.0.'))
    .map((p) => row(p, inLayer(p) ? config.layers : 1));
  return table([['parameter', 'kind', 'shape', 'count', 'share'], ...rows], [1]);
}

function memoryTable(memories: (Memory & { optimizer: string })[]): string {
  const parts = ['weights', 'gradients', 'state', 'activations', 'total'] as const;
  const rows = memories.map((m) => [m.optimizer, ...parts.map((part) => bytes(m[part]))]);
  const notes = ['activations: estimate of what ONNX Runtime holds for one micro-batch'];
  const over = memories.filter(({ total, activations }) => total - activations > ENGINE_BYTES);
  const names = over.map((m) => m.optimizer).join(', ');
  const which = over.length === memories.length ? 'with any optimizer' : `with ${names}`;
  const most = ENGINE_BYTES / 2 ** 30;
  if (over.length > 0) notes.push(...wrap(`Too large for the engine, which holds ${most} GiB, ${which}.`));
  return [table([['memory with', ...parts], ...rows]), ...notes].join('\n');
}
