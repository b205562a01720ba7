// The data room's public side: corpora to token shards, and the order in which a run reads them.
export type { Tokenizer } from './bpe.ts';
export { type DataReport, inspectData } from './inspect.ts';
export { openData, openFolder, type PreparedData, type PrepareOptions, prepareData } from './prepare.ts';
export type { PrepareProgress } from './progress.ts';
export { createSampler, evaluationWindows, type Sampler } from './sampler.ts';
export type { TokenShard } from './shards.ts';
