// `gaplab trace`: a short run recorded for replay in another framework.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { checkTraceFolder, trace as writeTrace } from '../train/trace.ts';
import { action, type Context, command, examples } from './common.ts';
import { addRunFlags, type RunFlags, runFromFlags } from './run-flags.ts';

type Options = RunFlags & { out: string; force?: boolean };

/** Enough for a difference between two frameworks to grow visible, few enough to replay in seconds. */
const STEPS = 50;

export function register(program: Command): void {
  const trace = command(
    program,
    'trace',
    'Record a short run (weights, batches, losses, gradient norms) so that another framework can replay it.',
  );
  addRunFlags(trace, `${STEPS} steps`)
    .requiredOption('--out <dir>', 'directory to write to; must be empty or new')
    .option('--force', 'replace the trace that stands in --out');
  examples(trace, [
    [
      'gaplab trace --optimizer sgd --lr .1 --batch-size 8 --steps 50 --seed 3 --out t1',
      '50 steps of SGD on nano',
    ],
    ['gaplab trace --set dim=96 --set layers=3 --clip none --out t2', 'another shape, no clipping'],
    ['python bench/peers/replay.py t1 t2', 'replay both in PyTorch (of a clone of the repository)'],
  ]);
  trace.action(
    action(async (ctx: Context, options: Options) => {
      const dir = resolve(options.out);
      makeWay(dir, options.force === true);
      const steps = options.steps ?? (options.tokens === undefined ? STEPS : undefined);
      const { config, data } = await runFromFlags(ctx, { ...options, steps });
      try {
        const { status, reason, valLoss, valTokens, ...record } = await writeTrace(config, dir, {
          data,
          threads: options.threads,
          signal: ctx.signal,
        });
        const [first, last] = [record.steps[0], record.steps.at(-1)!];
        if (first)
          ctx.out(
            `${record.steps.length} steps of ${config.batchSize} sequences, loss ${first.loss.toFixed(4)} -> ${last.loss.toFixed(4)}`,
          );
        ctx.out(
          valLoss === null
            ? `diverged: ${reason}`
            : `validation loss ${valLoss.toFixed(4)} over ${valTokens.toLocaleString('en-US')} tokens`,
        );
        ctx.out(`Trace: ${dir}`);
        ctx.result({ dir, status, reason, steps: record.steps.length, valLoss, valTokens, config });
      } finally {
        data.close();
      }
    }),
  );
}

/** A trace in a directory with other things in it would be taken for one with them. */
function makeWay(dir: string, force: boolean): void {
  if (!existsSync(dir)) return;
  if (!statSync(dir).isDirectory()) throw new UserError(`${dir} is a file; --out needs a directory`);
  if (readdirSync(dir).length === 0) return;
  if (!force) throw new UserError(`${dir} is not empty; use another --out, or --force to replace its trace`);
  checkTraceFolder(dir);
}
