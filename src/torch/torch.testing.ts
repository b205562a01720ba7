// For tests: the Python that is to train, or why there is none; small runs, and places for them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type PreparedData, prepareData } from '../data/index.ts';
import { configureRun, type RunInput } from '../train/configure-run.ts';
import { findPython, type Python } from './python.ts';

/** Tests skip, with the reason, where $GAPLAB_PYTHON names no Python that has PyTorch. */
export function torchHere(): { python: Python; skip: false } | { python: undefined; skip: string } {
  if (!process.env.GAPLAB_PYTHON)
    return { python: undefined, skip: 'GAPLAB_PYTHON names no Python with torch and safetensors' };
  try {
    return { python: findPython(), skip: false };
  } catch (error) {
    return { python: undefined, skip: (error as Error).message };
  }
}

/** What the tests of a file work with; it is removed after them. */
export function workplace() {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-torch-'));
  const opened: PreparedData[] = [];
  after(() => {
    for (const data of opened) data.close();
    rmSync(root, { recursive: true, force: true });
  });
  const dataOf = async (corpus: string, vocabSize?: number): Promise<PreparedData> => {
    const data = await prepareData({ corpus, vocabSize });
    opened.push(data);
    return data;
  };
  let places = 0;
  return {
    root,
    dataOf,
    /** A folder for an attempt. */
    newPlace: () => join(root, `run-${places++}`, 'attempt-1'),
    /** A short run of `tiny` on text. */
    async tiny(input: Partial<RunInput> = {}) {
      const data = await dataOf('sotu', 300);
      const usual = { model: 'tiny', batchSize: 4, steps: 40, eval: { tokens: 512 } };
      return { data, config: configureRun({ data, ...usual, ...input }) };
    },
  };
}
