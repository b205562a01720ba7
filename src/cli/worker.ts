// `gaplab worker`: makes runs of a study, beside any number of others, on any computer
// that sees its directory.
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { InterruptedError, UserError } from '../core/errors.ts';
import { readStudy } from '../store/study-dir.ts';
import { attendStudy } from '../study/attend.ts';
import { printed, workerText } from '../study/cluster/print.ts';
import { requeueThisJob } from '../study/cluster/slurm.ts';
import { momentOf, stopsBefore } from '../study/deadline.ts';
import type { StudyProgress } from '../study/progress.ts';
import { action, type Context, command, deviceOption, examples, integer, number } from './common.ts';
import { addEngineFlags, type EngineFlags, torchOptions } from './engine-flags.ts';
import { createDisplay, runLine } from './study-display.ts';

interface Options extends EngineFlags {
  study?: string;
  jobs?: number;
  threads?: number;
  checkpointSeconds?: number;
  /** Milliseconds since 1970. */
  deadline?: number;
  margin: number;
  idle?: number;
  requeue?: boolean;
  print?: (typeof printed)[number];
}

export function register(program: Command): void {
  const worker = addEngineFlags(
    command(
      program,
      'worker',
      'Make runs of a study until none is missing. Any number of workers may do so, on any computers that see the directory of the study; none of them is needed by the others.',
    ).option('--study <dir>', 'directory of the study, as `gaplab study` has made it'),
    { engine: false },
  )
    .option('--jobs <n>', 'runs at once (default: one per core; one on a device)', integer(1))
    .option(
      '--threads <n>',
      'threads per run (default: 1; more only for studies with fewer runs than cores)',
      integer(1),
    )
    .addOption(deviceOption())
    .option(
      '--checkpoint-seconds <s>',
      'seconds between checkpoints, so the most training that a kill costs (default: 20)',
      number({ min: 0 }),
    )
    .option(
      '--deadline <time>',
      'when this worker must be gone: seconds since 1970, an ISO time, or a duration such as 90m or 12h',
      moment,
    )
    .option('--margin <s>', 'seconds before the deadline at which runs are stopped', number({ min: 0 }), 60)
    .addOption(
      new Option(
        '--print <where>',
        'print what starts such a worker by hand: a job script of Slurm, a line for ssh, a manifest for Kubernetes',
      ).choices(printed),
    )
    .option(
      '--requeue',
      'in a job of Slurm: put it back into the queue when it has to leave before the study is finished',
    )
    .option(
      '--idle <minutes>',
      'leave when there was no run to train for so long (default: wait for the others to the end)',
      number({ min: 0 }),
    );
  examples(worker, [
    [
      'gaplab worker --study studies/quick',
      'help with a study, or finish it; the last one writes the report',
    ],
    [
      'gaplab worker --study /shared/gap --jobs 1 --deadline 4h',
      'one run at a time, and away in four hours: checkpoints are written, and other workers go on from them',
    ],
    [
      'gaplab worker --study studies/quick --print slurm',
      'a job script, to be changed and submitted by hand',
    ],
  ]);
  worker.action(
    action(async (ctx: Context, options: Options) => {
      if (options.study === undefined)
        throw new UserError('--study is missing: give the directory of a study, e.g. --study studies/quick');
      if (options.print) return print(ctx, options.print, resolve(options.study), options);
      const planned = stopsBefore(options.deadline, options.margin);
      const display = createDisplay(ctx);
      const moved = createOdometer();
      try {
        const { plan, ran, failed, study } = await attendStudy({
          ...options,
          torch: torchOptions(options, undefined),
          dir: options.study,
          idleSeconds: options.idle === undefined ? undefined : options.idle * 60,
          signal: AbortSignal.any([ctx.signal, planned.signal]),
          onProgress(progress) {
            moved.see(progress);
            display.progress(progress);
          },
          onLab: display.lab,
          onRun: (run, result) => ctx.progress.line(runLine(run, result)),
          onWarning: (line) => ctx.progress.line(line),
          conclude: async (dir) => {
            const { makeReport } = await import('../report/index.ts');
            const { files } = await makeReport(dir);
            ctx.progress.line(`Report: ${files.html}`);
          },
        });
        display.end();
        const runs = `${ran} ${ran === 1 ? 'run' : 'runs'}`;
        ctx.out(
          plan.done
            ? `${study.name} is finished; this worker made ${runs} of it.`
            : `No run was free for ${options.idle} minutes; this worker made ${runs}, and others go on.`,
        );
        ctx.result({ study: study.name, done: plan.done, stopped: null, ran, failed: failed.length });
        if (failed.length > 0) {
          process.exitCode = 1;
          ctx.progress.line(
            `${failed.length} ${failed.length === 1 ? 'run' : 'runs'} failed (${failed[0].error}); the next worker tries again`,
          );
        }
      } catch (error) {
        display.end();
        // An end that was planned is none that went wrong.
        if (!(error instanceof InterruptedError) || ctx.signal.aborted) throw error;
        ctx.out(`${planned.reason()}: checkpoints are written; other workers, or this command, go on.`);
        ctx.result({ done: false, stopped: planned.reason() });
        if (options.requeue) ctx.progress.line(requeue(moved.any()));
      } finally {
        planned.release();
      }
    }),
  );
}

function print(ctx: Context, where: (typeof printed)[number], dir: string, options: Options): void {
  const text = workerText(where, {
    dir,
    name: readStudy(dir).name,
    options: { ...options, torch: torchOptions(options, undefined) },
  });
  // As it stands: a shell is not to find lines broken for the width of a terminal.
  if (!ctx.json) process.stdout.write(text);
  ctx.result({ text });
}

/** A worker that comes to nothing in its time would come back for ever. */
function requeue(hasMoved: boolean): string {
  const refused = hasMoved
    ? requeueThisJob()
    : 'not queued again: there was no time for a step of training; give a longer time limit';
  return refused ?? 'queued again; it goes on there';
}

/** Whether any run has come further while this worker was there. */
function createOdometer() {
  const first = new Map<string, number>();
  let [done, any] = [-1, false];
  return {
    see({ running, runsDone }: StudyProgress) {
      for (const { run, step } of running) {
        if (!first.has(run.id)) first.set(run.id, Math.max(step, 1));
        if (step > first.get(run.id)!) any = true;
      }
      if (done >= 0 && runsDone > done) any = true;
      done = runsDone;
    },
    any: () => any,
  };
}

function moment(text: string): number {
  const at = momentOf(text, Date.now());
  if (at === undefined)
    throw new InvalidArgumentError('Write seconds since 1970, an ISO time, or a duration such as 90m.');
  return at;
}
