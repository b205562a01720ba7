// What a corpus of images is.
import type { ImageSet } from './examples.ts';

export interface ImageCorpus extends ImageSet {
  classes: number;
  /** SHA-256 of the files it is read from. */
  sha256: Readonly<Record<string, string>>;
  /**
   * Pixels (0 to 255) of image after image, row by row, and a class for each. Throws
   * UserError when the package is not installed, or its files are others.
   */
  read(split: 'train' | 'validation'): { pixels: Uint8Array; labels: Uint8Array };
}
