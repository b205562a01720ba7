// gaplab as a library. The commands are thin layers over what is exported here.

export { InterruptedError, UserError } from './core/errors.ts';
export { createSampler, openData, type PreparedData, prepareData } from './data/index.ts';
export type { ModelConfig } from './model/config.ts';
export { parameterCount } from './model/parameters.ts';
export { modelPreset, modelPresets } from './model/presets.ts';
export { optimizer, optimizers, resolveHyper } from './optim/registry.ts';
export { schedules } from './optim/schedules.ts';
export { type ReportFiles, summarize, writeReport } from './report/index.ts';
export { runStudy } from './report/run-study.ts';
export type { Summary } from './report/types.ts';
export type { StudyInput } from './study/schema.ts';
export { predictedCriticalBatch } from './theory/critical-batch.ts';
export { quadratic } from './theory/problem.ts';
export { type LossAt, type Simulation, simulate } from './theory/simulate.ts';
export type { RunConfig } from './train/config.ts';
export { configureRun, type RunInput } from './train/configure-run.ts';
export { readLlamaFolder, writeLlamaFolder } from './train/llama.ts';
export type { TrainOptions } from './train/options.ts';
export type { RunOutcome } from './train/outcome.ts';
export { createProber, type ProbeLine, type Prober } from './train/probes/measure.ts';
export { probes, resolveOptions } from './train/probes/registry.ts';
export { type Trace, trace } from './train/trace.ts';
export { train } from './train/train.ts';
