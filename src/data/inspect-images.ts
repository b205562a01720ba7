// What prepared images look like, in numbers and one sample, for people.
import type { Source } from './manifest.ts';
import type { PreparedData } from './prepared.ts';
import type { TokenShard } from './shards.ts';

export interface ImageReport {
  corpus: string;
  fingerprint: string;
  dir: string;
  source: Source;
  /** Pixels to a side. */
  side: number;
  /** Images of each class, by split. */
  train: number[];
  validation: number[];
  /** The first image of the validation split in characters, and its class. */
  sample: { label: number; text: string };
}

/** From paper to ink. */
const SHADES = ' .:-=+*#%@';

/** Reads both splits once. `data` holds images. */
export function inspectImages(data: PreparedData): ImageReport {
  const { corpus, fingerprint, dir, images, source } = data;
  const { side } = images!;
  const record = new Int32Array(side * side + 1);
  const counts = (shard: TokenShard) => {
    const list = new Array<number>(data.vocabSize).fill(0);
    for (let start = 0; start < shard.length; start += record.length) {
      shard.read(start, record);
      list[record[side * side]]++;
    }
    return list;
  };
  const [train, validation] = [counts(data.train), counts(data.validation)];
  data.validation.read(0, record);
  const line = (y: number) =>
    Array.from(record.subarray(y * side, (y + 1) * side), (pixel) =>
      SHADES[Math.floor((pixel * SHADES.length) / 256)].repeat(2),
    )
      .join('')
      .trimEnd();
  const text = Array.from({ length: side }, (_, y) => line(y)).join('\n');
  return {
    corpus,
    fingerprint,
    dir,
    source,
    side,
    train,
    validation,
    sample: { label: record[side * side], text },
  };
}
