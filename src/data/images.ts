// Corpora of images: read from the package that ships them and kept in the cache as text is.
// A shard holds the pixels and the class of image after image, in place of tokens.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cache } from './cache.ts';
import { countDuplicates, createPrints, firstOccurrences, place } from './duplicates.ts';
import type { ImageCorpus } from './image-corpus.ts';
import { fingerprintOf, type Manifest, writeManifest } from './manifest.ts';
import { mnist } from './mnist.ts';
import type { Tick } from './progress.ts';
import { createShardWriter } from './shards.ts';

/** By name: a new one is one file and one entry here. */
export const imageCorpora: Record<string, ImageCorpus> = { mnist };

/** The images of the corpus of that name; undefined when it holds text. */
export const imagesIn = (name: string): ImageCorpus | undefined =>
  Object.hasOwn(imageCorpora, name) ? imageCorpora[name] : undefined;

/** Images written at once. */
const CHUNK = 1000;

/** Builds the folder of prepared images and moves it into the cache. On an error nothing is left behind. */
export async function encodeImages(cache: Cache, name: string, tick: Tick): Promise<Manifest> {
  const dir = cache.begin();
  try {
    const manifest = await cache.writing(() => build(dir, name, tick));
    await cache.publish(dir, manifest.fingerprint);
    return manifest;
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

async function build(dir: string, name: string, tick: Tick): Promise<Manifest> {
  const { side, classes, read } = imageCorpora[name];
  const size = side * side;
  const prints = createPrints();
  const write = async (split: 'train' | 'validation') => {
    const { pixels, labels } = read(split);
    const file = `${split}.bin`;
    const writer = createShardWriter(join(dir, file), 'uint8');
    try {
      for (let from = 0; from < labels.length; from += CHUNK) {
        const part = labels.subarray(from, from + CHUNK);
        const records = new Uint8Array(part.length * (size + 1));
        part.forEach((label, i) => {
          const at = from + i;
          records.set(pixels.subarray(at * size, (at + 1) * size), i * (size + 1));
          records[(i + 1) * (size + 1) - 1] = label;
          prints.add(pixels.subarray(at * size, (at + 1) * size));
        });
        writer.append(records);
        await tick({ phase: 'encode', done: from * size, total: pixels.length });
      }
      return { file, bytes: pixels.length, documents: labels.length, ...writer.finish() };
    } finally {
      writer.close();
    }
  };
  const [train, validation] = [await write('train'), await write('validation')];
  const count = train.documents + validation.documents;
  const places = new Uint8Array(count).fill(place.validation, train.documents);
  const sizes = new Array<number>(count).fill(size);
  const duplicates = countDuplicates(firstOccurrences(prints.list()), places, sizes);
  return writeManifest(dir, {
    corpus: name,
    fingerprint: fingerprintOf(`images ${side} ${classes}`, train.sha256, validation.sha256),
    vocabSize: classes,
    tokenType: 'uint8',
    images: { side },
    train,
    validation,
    source: { notRead: [], blank: 0, duplicates },
  });
}
