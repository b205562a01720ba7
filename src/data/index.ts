// The data room's public side: corpora to token shards, and the order in which a run reads them.
export type { Tokenizer } from './bpe.ts';
export {
  checkData,
  type ExampleData,
  type Examples,
  evaluationExamples,
  examplesOf,
  readExamples,
  tokenWindows,
} from './examples.ts';
export { imagesIn } from './images.ts';
export { type DataReport, inspectData } from './inspect.ts';
export { type ImageReport, inspectImages } from './inspect-images.ts';
export { sourceText } from './not-read.ts';
export { builtinCorpora, type PrepareOptions, prepareData, type ReadingOptions } from './prepare.ts';
export { openData, openFolder, type PreparedData } from './prepared.ts';
export type { PrepareProgress } from './progress.ts';
export { createSampler, type Sampler } from './sampler.ts';
export type { TokenShard } from './shards.ts';
