// metrics.jsonl of a script's run: what the script says, in the form of gaplab's own runs,
// some hundred lines whatever its length.
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { linesEvery, tailAfter, wholeLines } from '../train/metrics.ts';
import type { Said } from './reader.ts';

export interface Recorded {
  step: number;
  tokens: number;
  /** Mean since the line before. */
  loss?: number;
  valLoss?: number;
  lr?: number;
  gradNorm?: number;
  /** Training time so far over all attempts. */
  seconds: number;
}

export interface ScriptRecorder {
  add(said: Said & { step: number; tokens: number }): void;
  close(): void;
  /** Seconds of training so far, over all attempts. */
  seconds(): number;
  /** Mean loss over the last 5% of the steps, else the last one; undefined where no loss was told. */
  trainLoss(): number | undefined;
}

/**
 * Writes to `file`. `earlier` are the same files of the attempts before, the last one first:
 * what the first that has any lines has from before the first step of this attempt is kept, since
 * the script went on from a checkpoint of its own. An attempt that ended before it told a step has none.
 */
export function createRecorder(
  file: string,
  { steps, earlier, clock }: { steps: number; earlier: readonly string[]; clock(): number },
): ScriptRecorder {
  const every = linesEvery(steps);
  let descriptor: number | undefined;
  let before = 0;
  let written = 0;
  let pending: (Recorded & { sum: number; count: number }) | undefined;
  let last: number | undefined;
  const tail = { sum: 0, count: 0 };

  const open = (firstStep: number): number => {
    const made = openSync(file, 'a');
    const found = earlier.find((path) => statSync(path, { throwIfNoEntry: false })?.size);
    if (found === undefined) return made;
    const bytes = readFileSync(found);
    const kept = bytes.subarray(0, wholeLines(bytes, firstStep - 1));
    writeSync(made, kept);
    const lines = kept.toString('utf8').trimEnd().split('\n');
    before = (JSON.parse(lines.at(-1) || '{}') as Partial<Recorded>).seconds ?? 0;
    return made;
  };
  const flush = () => {
    if (!pending || descriptor === undefined) return;
    const { sum, count, ...line } = pending;
    const loss = count > 0 ? { loss: sum / count } : {};
    writeSync(descriptor, `${JSON.stringify({ ...line, ...loss })}\n`);
    written = line.step;
    pending = undefined;
  };
  const seconds = () => Math.round((before + clock()) * 1000) / 1000;

  return {
    add({ step, tokens, loss, valLoss, lr, gradNorm }) {
      descriptor ??= open(step);
      if (
        pending &&
        pending.step !== step &&
        (pending.step - written >= every || pending.valLoss !== undefined)
      )
        flush();
      pending = {
        ...{ step, tokens, valLoss: valLoss ?? pending?.valLoss, seconds: seconds() },
        ...{ lr: lr ?? pending?.lr, gradNorm: gradNorm ?? pending?.gradNorm },
        sum: (pending?.sum ?? 0) + (loss ?? 0),
        count: (pending?.count ?? 0) + (loss === undefined ? 0 : 1),
      };
      if (loss === undefined) return;
      last = loss;
      if (step <= tailAfter(steps)) return;
      tail.sum += loss;
      tail.count++;
    },
    close() {
      flush();
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
    seconds,
    trainLoss: () => (tail.count > 0 ? tail.sum / tail.count : last),
  };
}
