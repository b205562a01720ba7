// `gaplab study --dry-run` and `--minutes`: what a study takes on this machine, told before it is run.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { unsealed } from '../files/seal.ts';
import { gpus, utilisation } from '../model/gpu.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { frozenStudy } from '../store/schemas.ts';
import { runsDirOf } from '../store/study-dir.ts';
import { budgetsWithin, estimateStudy, measureStudy } from '../study/estimate.ts';
import { type GpuPlan, gpuPlan, hoursOn, hoursText } from '../study/gpu-hours.ts';
import { allLeft, type Left, leftOf } from '../study/left.ts';
import { loadStudy } from '../study/load.ts';
import { Outcomes } from '../study/outcomes.ts';
import { type Draft, draftStudy } from '../study/resolve.ts';
import { withData } from '../study/run.ts';
import type { CountRange } from '../study/run-counts.ts';
import type { StudyInput } from '../study/schema.ts';
import { aligned } from './aligned.ts';
import type { Context } from './common.ts';
import { createDisplay } from './study-display.ts';

export interface EstimateOptions {
  set: string[];
  size?: string;
  out?: string;
  runs?: string;
  jobs?: number;
  threads?: number;
  device?: DeviceName;
  minutes?: number;
  scale?: boolean;
}

const row = (what: string, range: CountRange, write: (n: number) => string) => [
  what,
  write(range.expected),
  range.min === range.max ? '' : `${write(range.min)} to ${write(range.max)}`,
];

/** Says what the study takes; nothing is run. */
export async function dryRun(
  ctx: Context,
  source: string | StudyInput,
  options: EstimateOptions,
): Promise<void> {
  const { set, size } = options;
  const planned = draftStudy(loadStudy(source, set, size));
  if (planned.engine === 'torch') return onGpus(ctx, planned, await leftHere(ctx, planned, source, options));
  const { draft, jobs, speeds } = await measured(ctx, source, options);
  const estimate = estimateStudy(draft, speeds, jobs, await leftHere(ctx, draft, source, options));
  const { tokens, seconds, memory, disk } = estimate;
  ctx.out(`${draft.name}: ${draft.title}\n`);
  ctx.out(
    aligned([
      ['', 'expected', 'from least to most'],
      ...runRows(estimate),
      row('tokens trained', tokens, count),
      row(`time with ${jobs} at once`, seconds, roughly),
      ['memory', gib(memory), ''],
      row('disk', disk, gib),
    ]),
  );
  ctx.out(
    `\nSpeeds were measured just now, one process alone: several at once are a little slower. Runs that diverge end early. Nothing was run.`,
  );
  ctx.result({ study: draft.name, ...estimate });
}

/** What follows these rows is of the runs that are left. */
const runRows = ({ runs, made, left }: Pick<GpuPlan, 'runs' | 'made' | 'left'>): string[][] =>
  made === 0
    ? [row('runs', runs, count)]
    : [row('runs', runs, count), ['of them there already', count(made), ''], row('left to run', left, count)];

/** What is left where runs are in the folder of the study, or in its pool. Writes nothing there. */
async function leftHere(
  ctx: Context,
  draft: Draft,
  source: string | StudyInput,
  { out, runs }: EstimateOptions,
): Promise<Left> {
  const dir = resolve(out ?? join('studies', draft.name));
  const own = runsDirOf(dir);
  const runsDir = existsSync(own) || runs === undefined ? own : resolve(runs);
  if (!existsSync(runsDir)) return allLeft;
  const display = createDisplay(ctx);
  try {
    const study = await withData(draft, { study: source, signal: ctx.signal, onData: display.data });
    const outcomes = new Outcomes(study, runsDir);
    return leftOf(outcomes.look(), outcomes.results);
  } finally {
    display.end();
  }
}

/** The same of a study that PyTorch computes: counted, not measured. */
function onGpus(ctx: Context, draft: Draft, rest: Left): void {
  const plan = gpuPlan(draft, rest);
  const { tokens, flop } = plan;
  const hours = Object.values(gpus).map((gpu) => {
    const { from, to } = hoursOn(gpu, flop.expected, draft.dtype);
    return [`hours of one ${gpu.label}`, `${hoursText(from)} to ${hoursText(to)}`, ''];
  });
  ctx.out(`${draft.name}: ${draft.title}\n`);
  ctx.out(
    aligned([
      ['', 'expected', 'from least to most'],
      ...runRows(plan),
      row('tokens trained', tokens, count),
      ...hours,
    ]),
  );
  ctx.out(
    `\nHours are counted, not measured: FLOP at ${Math.round(100 * utilisation.low)} to ${Math.round(100 * utilisation.high)}% of the published peak, as in \`gaplab model --plan\`. Evaluation is not in them. Nothing was run.`,
  );
  ctx.result({ study: draft.name, ...plan, utilisation });
}

/**
 * Further changes to the study, so that it takes no more than `--minutes`; throws
 * UserError when it does and `--scale` is not given.
 */
export async function withinMinutes(
  ctx: Context,
  source: string,
  options: EstimateOptions,
): Promise<string[]> {
  const minutes = options.minutes!;
  const file = loadStudy(source, options.set, options.size);
  const name = `${file.name}-${minutes}min`;
  // The budget that was found when it began: measured again it would be another, and another study.
  const begun = options.scale ? begunAs(name, options.out) : undefined;
  if (begun) return changes(name, begun);
  // It fitted when it began. The folder takes no other study, so a slower hour does not end it.
  if (options.scale && options.out !== undefined) {
    const whole = begunAs(file.name, options.out);
    if (whole && written(whole) === written(draftStudy(file))) return [];
  }
  const { draft, jobs, speeds } = await measured(ctx, source, options);
  const { seconds } = estimateStudy(draft, speeds, jobs, await leftHere(ctx, draft, source, options));
  if (seconds.expected <= 60 * minutes) return [];
  const budgets = budgetsWithin(draft, speeds, jobs, 60 * minutes);
  const takes = `this study is expected to take ${roughly(seconds.expected)} here (${roughly(seconds.min)} to ${roughly(seconds.max)}), more than --minutes ${minutes}`;
  if (!budgets)
    throw new UserError(
      `${takes}, and no smaller budget fits: give it fewer batch sizes, optimizers or seeds, or a smaller model`,
    );
  if (!options.scale)
    throw new UserError(
      `${takes}; with ${written(budgets)} it would fit: --scale runs that, as the study ${name} (fewer tokens can change the answer)`,
    );
  ctx.progress.line(`${takes}: it is run with ${written(budgets)}, as the study ${name}`);
  return changes(name, budgets);
}

type Budgets = Pick<Draft, 'tokens' | 'steps'>;

const changes = (name: string, { tokens, steps }: Budgets): string[] => [
  `name=${name}`,
  ...(tokens.length > 0 ? [`tokens=[${tokens}]`] : []),
  ...(steps ? [`steps=[${steps}]`] : []),
];

const written = ({ tokens, steps }: Budgets): string =>
  [
    ...(tokens.length > 0 ? [`${tokens.map(count).join(' and ')} tokens a run`] : []),
    ...(steps ? [`${steps.map(count).join(' and ')} steps a run`] : []),
  ].join(', ');

function begunAs(name: string, out: string | undefined): Budgets | undefined {
  const text = readIfThere(join(resolve(out ?? join('studies', name)), 'study.json'));
  // A damaged one is told and moved aside when the study is run.
  const parsed = frozenStudy.safeParse(unsealed(parseJson(text ?? '')));
  return parsed.success && parsed.data.name === name ? parsed.data : undefined;
}

async function measured(ctx: Context, source: string | StudyInput, options: EstimateOptions) {
  const { set, size, jobs, threads, device = 'cpu' } = options;
  if (device !== 'cpu')
    throw new UserError(
      `only the speed of the CPU is measured: leave out --device ${device}, or run the study there without --dry-run and --minutes`,
    );
  const draft = draftStudy(loadStudy(source, set, size));
  if (draft.engine === 'torch')
    throw new UserError(
      "only the speed of gaplab's own engine is measured: leave out --minutes for a study with engine: torch; --dry-run tells its GPU hours",
    );
  if (draft.trainer)
    throw new UserError(
      `the speed of a script is not known before it has run: \`gaplab trainer check ${source}\` measures it, and says what the study takes`,
    );
  const bar = ctx.progress.bar('measuring the speed of this machine', 1);
  try {
    const speeds = await measureStudy(draft, { threads, signal: ctx.signal });
    return { draft, speeds, jobs: jobs ?? Math.max(1, Math.floor(availableParallelism() / (threads ?? 1))) };
  } finally {
    bar.done('');
  }
}

const count = (n: number) => Math.round(n).toLocaleString('en-US');
const gib = (bytes: number) =>
  bytes < 2 ** 29 ? `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function roughly(seconds: number): string {
  if (seconds < 90) return Math.ceil(seconds) === 1 ? '1 second' : `${Math.ceil(seconds)} seconds`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} hours`;
  return `${(seconds / 86400).toFixed(1)} days`;
}
