// Runs probes at points of one run: the live one's, or those of its checkpoints.
import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '../../core/errors.ts';
import { YIELD_MS } from '../../core/yield.ts';
import { parameterCount } from '../../model/parameters.ts';
import { batchPlan } from '../../optim/batch-schedules.ts';
import { optimizers as registered } from '../../optim/registry.ts';
import { createEngine } from '../../runtime/engine.ts';
import { createProbeModel } from '../../runtime/probing.ts';
import { host } from '../../runtime/targets/host.ts';
import type { RunConfig } from '../config.ts';
import { openWriter } from '../writer.ts';
import type { ProbeData, ProbePoint, Tables } from './probe.ts';
import { checkProbe, probe } from './registry.ts';

/** A line of probes.jsonl. */
export interface ProbeLine {
  schema: 1;
  /** Steps taken when it was measured, and tokens trained on. */
  step: number;
  tokens: number;
  /** Name in the registry. */
  probe: string;
  options: Record<string, number>;
  /** Plain rows by table. */
  tables: Tables;
  /** What the measurement took. */
  seconds: number;
}

export interface Prober {
  /** Measures `name` with complete `options` (see `resolveOptions`). What is given is copied first. */
  measure(
    name: string,
    options: Record<string, number>,
    at: Pick<ProbePoint, 'step' | 'params' | 'state'> & { optimizers?: readonly string[] },
  ): Promise<ProbeLine>;
  close(): Promise<void>;
}

/**
 * Graphs stay open between measurements; `close` frees them. Measuring throws InterruptedError
 * once `signal` is aborted.
 */
export function createProber({
  config,
  data,
  threads,
  signal,
}: {
  config: RunConfig;
  data: ProbeData;
  threads: number;
  signal?: AbortSignal;
}): Prober {
  const { model } = config;
  const at = createProbeModel({ model, params: new Float32Array(parameterCount(model)), threads }, host);
  let yielded = performance.now();
  const breathe = (): Promise<void> | undefined => {
    if (performance.now() - yielded < YIELD_MS) return undefined;
    return setImmediate().then(() => {
      yielded = performance.now();
      if (signal?.aborted)
        throw signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError('interrupted');
    });
  };
  return {
    async measure(name, options, { step, params, state, optimizers = Object.keys(registered) }) {
      checkProbe(name, model);
      const started = performance.now();
      at.params.set(params);
      const point: ProbePoint = {
        config,
        data,
        step,
        params: at.params.slice(),
        state: Object.fromEntries(Object.entries(state).map(([key, values]) => [key, values.slice()])),
        at,
        engine: (rule) =>
          createEngine({ model, optimizer: rule, microBatch: config.microBatch, threads }, host),
        writer: () => openWriter(model, params, { backend: host, threads }),
        ...{ optimizers, breathe },
      };
      const tables = await probe(name).measure(point, options);
      return {
        schema: 1,
        step,
        tokens: batchPlan(config.batchSize, config.batchSchedule).at(step).first * model.seqLen,
        probe: name,
        options,
        tables,
        seconds: Math.round(performance.now() - started) / 1000,
      };
    },
    close: at.close,
  };
}
