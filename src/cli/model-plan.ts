// `gaplab model PRESET --plan`: what a study of the paper's size costs on graphics processors,
// as text and for programs.
import { UserError } from '../core/errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { gpus, utilisation } from '../model/gpu.ts';
import { paperGrids } from '../model/paper-grid.ts';
import { planModel } from '../model/plan.ts';
import type { Context } from './common.ts';
import { bytes, integerText, table, withUnit, wrap } from './model-text.ts';

/** Sequences at once on a card: with fewer its units idle. */
const MICRO_BATCH = 16;

const days = (n: number) => (n < 10 ? n.toPrecision(2) : Math.round(n).toString());
const percent = (share: number) => `${Math.round(100 * share)}%`;

export function showPlan(ctx: Context, preset: string, config: ModelConfig, gpuName: string): void {
  const grid = Object.hasOwn(paperGrids, preset) ? paperGrids[preset] : undefined;
  if (!grid)
    throw new UserError(
      `no study of the paper's size is known for ${preset}; --plan takes ${Object.keys(paperGrids).join(', ')}`,
    );
  const gpu = Object.hasOwn(gpus, gpuName) ? gpus[gpuName] : undefined;
  if (!gpu) throw new UserError(`unknown --gpu "${gpuName}"; choose from ${Object.keys(gpus).join(', ')}`);
  const made = planModel(config, grid, gpu, MICRO_BATCH);
  const arms = made.arms.map((arm) => [
    arm.optimizer,
    String(arm.points),
    String(arm.runs),
    withUnit(arm.flop),
    bytes(arm.memory),
  ]);
  const time = made.days.map(({ format, devices, from, to }) => [
    `${devices} x ${gpu.label}`,
    format,
    `${Math.round(gpu.peak[format] / 1e12)} TFLOP/s`,
    `${days(from)} to ${days(to)}`,
  ]);
  const notes = [
    `Counted, not measured: FLOP (6 N + 12 L T D per token, ${withUnit(made.flopPerToken)}), steps, and the memory of one run with ${MICRO_BATCH} sequences at once in float32 (${Math.round(gpu.memory / 1e9)} GB on the card).`,
    `Assumed: ${percent(utilisation.low)} to ${percent(utilisation.high)} of the published peak (${gpu.source}). 46% and 38 to 43% are published for far larger models on tuned software (arXiv 2204.02311, 2407.21783); no GPU was measured with gaplab. bf16 is what the paper trained in, tf32 how NVIDIA cards may multiply float32.`,
    `Assumed of the paper: ${grid.assumed.join('; ')}. One seed; evaluation and retuning not counted. Several cards take whole runs each.`,
    'What the engine reaches on a processor is measured: docs/performance.md and docs/large-models.md.',
  ];
  ctx.out(
    [
      `${preset} at the paper's size: ${made.runs} runs of ${withUnit(made.tokens)} tokens, ${withUnit(made.flop)} FLOP`,
      '',
      table([['optimizer', 'points', 'runs', 'FLOP', 'memory of a run'], ...arms]),
      '',
      ...wrap(
        `Steps of a run: ${made.steps.map((s) => `${integerText(s.steps)} at batch ${s.batchSize}`).join(', ')}.`,
      ),
      `FLOP of a run: ${withUnit(made.runFlop)}.`,
      '',
      table([['on', 'format', 'peak', 'days'], ...time], [1]),
      '',
      ...notes.flatMap(wrap),
    ].join('\n'),
  );
  ctx.result({ preset, gpu: { name: gpuName, ...gpu }, utilisation, assumed: grid.assumed, ...made });
}
