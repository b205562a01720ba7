// Probes of a run while it trains: which are due, and their lines in probes.jsonl.
import { appendFileSync } from 'node:fs';
import type { PreparedData } from '../../data/index.ts';
import type { Engine } from '../../runtime/engine.ts';
import type { RunConfig } from '../config.ts';
import { cutMetrics } from '../metrics.ts';
import { createProber } from './measure.ts';
import { checkProbe, resolveOptions } from './registry.ts';

export interface LiveProbes {
  /** Measures what is due at `step`, before that step is taken. */
  at(step: number, engine: Pick<Engine, 'params' | 'state' | 'pull'>): Promise<void>;
  /** Seconds that probes took so far: no part of the training time. */
  seconds(): number;
  close(): Promise<void>;
}

export interface LiveProbeOptions {
  data: PreparedData;
  threads: number;
  signal?: AbortSignal;
  beforeWrite?(): void;
}

/**
 * The probes of `config`, writing to `file`; lines of an earlier attempt from step
 * `from` on are cut off and measured again. Undefined when there are none, or no file.
 * Throws UserError for a probe or option that does not exist.
 */
export function createLiveProbes(
  config: RunConfig,
  file: string | undefined,
  from: number,
  { beforeWrite, ...options }: LiveProbeOptions,
): LiveProbes | undefined {
  const wanted = config.probes?.map((one) => ({ ...one, options: resolveOptions(one.name, one.options) }));
  if (!wanted || !file) return undefined;
  for (const { name } of wanted) checkProbe(name, config.model);
  cutMetrics(file, from - 1);
  const prober = createProber({ config, ...options });
  let seconds = 0;
  return {
    async at(step, engine) {
      for (const { name, every, options: own, optimizers } of wanted) {
        if (step % every !== 0 && step !== config.steps) continue;
        const started = performance.now();
        try {
          await engine.pull();
          const line = await prober.measure(name, own, {
            params: engine.params,
            state: engine.state,
            step,
            optimizers,
          });
          beforeWrite?.();
          appendFileSync(file, `${JSON.stringify(line)}\n`);
        } finally {
          seconds += (performance.now() - started) / 1000;
        }
      }
    },
    seconds: () => seconds,
    close: prober.close,
  };
}
