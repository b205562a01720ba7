// The study command where others work: it looks at the directory, and may be ended at any time.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../core/errors.ts';
import { newestLease } from '../store/attempt.ts';
import { lastMetrics } from '../store/lines.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { Watch } from '../store/watch.ts';
import type { Made, WorkOptions } from './make-runs.ts';
import { Outcomes } from './outcomes.ts';
import { progressOf, type Running } from './progress.ts';
import type { RunRequest } from './tuner.ts';

export interface View {
  watch: Watch;
  /** Asked at every look; what it throws ends the view. */
  check(): void;
  /** Told at every look how many runs are being trained; what it throws ends the view. */
  noticed?(running: number): Promise<void>;
}

/**
 * Looks at what others do until the study is finished. Throws InterruptedError when
 * stopped: the others go on.
 */
export async function followRuns(
  dir: string,
  study: FrozenStudy,
  {
    signal,
    onProgress,
    onRun,
    onWarning: warn,
  }: Pick<WorkOptions, 'signal' | 'onProgress' | 'onRun' | 'onWarning'>,
  { watch, check, noticed }: View,
): Promise<Made> {
  const runsDir = join(dir, 'runs');
  const outcomes = new Outcomes(study, runsDir);
  const known = new Set<string>();
  let ran = -1;
  for (;;) {
    const begun = performance.now();
    const state = outcomes.look({ warn });
    const requests = new Map(state.cells.flatMap((cell) => cell.runs).map((run) => [run.id, run]));
    for (const [id, result] of outcomes.results) {
      if (known.has(id) || result.status === 'failed') continue;
      known.add(id);
      const run = requests.get(id);
      if (ran >= 0 && run) {
        ran++;
        onRun?.(run, result);
      }
    }
    ran = Math.max(ran, 0);
    const running = state.wanted.flatMap((run) => inProgress(runsDir, run, watch) ?? []);
    onProgress?.(progressOf(state, outcomes.results, running, Math.max(1, running.length)));
    if (state.done) return { plan: state, ran, failed: outcomes.failures(state) };
    check();
    await noticed?.(running.length);
    // Looking at many runs takes its time: it stays a small part of the waiting.
    const pause = Math.max(1000, 20 * (performance.now() - begun));
    await sleep(pause, undefined, { signal }).catch(() => {});
    if (signal?.aborted)
      throw new InterruptedError('this command only looked on: the workers go on, and it can look again');
  }
}

/** A run that somebody has, as far as its last line of metrics tells; undefined when nobody has it. */
function inProgress(runsDir: string, run: RunRequest, watch: Watch): Running | undefined {
  const runDir = join(runsDir, run.id);
  const lease = newestLease(runDir);
  if (!lease || watch.look(lease).state === 'free') return undefined;
  const { step = 0, loss = Number.NaN, tokens = 0, seconds = 0 } = lastMetrics(runDir) ?? {};
  return { run, step, steps: run.config.steps, loss, tokensPerSecond: seconds > 0 ? tokens / seconds : 0 };
}
