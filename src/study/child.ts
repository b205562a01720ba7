// A child process: trains one run at a time for the worker that started it, and ends when that one ends.
// argv: URL of the trainer module, cache directory (may be empty).
import { InterruptedError } from '../core/errors.ts';
import { executeRun } from './execute.ts';
import type { FromChild, ToChild } from './messages.ts';
import type { CreateTrainer } from './trainer.ts';

// Four progress messages a second are enough for any display and cost nothing.
const progressMs = 250;

const stopper = new AbortController();
const stop = () => stopper.abort(new InterruptedError('stopped'));

/** Resolves when the message is out, or when there is nobody to hear it. */
function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

async function work(message: Extract<ToChild, { type: 'run' }>): Promise<void> {
  const { id, runDir, config, threads, device, torch, checkpointSeconds, script, deadline, silent } = message;
  let last = 0;
  let made = false;
  try {
    const result = await executeRun(runDir, config, await trainer, {
      threads,
      device,
      torch,
      checkpointSeconds,
      script,
      deadline,
      silent,
      signal: stopper.signal,
      onTaken: () => {
        made = true;
      },
      onWarning: (message) => tell({ type: 'warning', id, message }),
      onProgress(progress) {
        const now = performance.now();
        if (now - last < progressMs) return;
        last = now;
        tell({ type: 'progress', id, ...progress });
      },
    });
    if (result === 'busy') await tell({ type: 'busy', id });
    else await tell({ type: 'end', id, result, made });
  } catch (error) {
    if (error instanceof InterruptedError) await tell({ type: 'interrupted', id });
    else await tell({ type: 'refused', id, message: error instanceof Error ? error.message : String(error) });
  }
  if (stopper.signal.aborted) process.exit(0);
}

let busy = false;
process.on('message', async (message: ToChild) => {
  if (message.type === 'stop') {
    stop();
    if (!busy) process.exit(0);
    return;
  }
  busy = true;
  await work(message);
  busy = false;
});

// The parent is gone, perhaps killed: write a checkpoint after the running step, then end.
process.on('disconnect', () => {
  stop();
  if (!busy) process.exit(0);
});

// Ctrl-C in a terminal reaches the whole process group; the parent decides and says so. A signal sent to this
// process alone (a scheduler's, say) asks for the same: checkpoint and end.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGUSR1'] as const)
  process.on(signal, () => {
    stop();
    if (!busy) process.exit(0);
  });

const [trainerUrl, cacheDir] = process.argv.slice(2);
const trainer = import(trainerUrl).then((module: { createTrainer: CreateTrainer }) =>
  module.createTrainer({ cacheDir: cacheDir || undefined }),
);
trainer.catch(() => {}); // told when the first run needs it
