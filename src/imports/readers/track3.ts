// Logs of modded-nanogpt's optimizer track: the script's source, a line of 100 `=`,
// then `step:125/3300 val_loss:4.608 train_time:23.6s` for one run or several, which differ in their seed.
import { textOf } from '../files.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, measure, newRun, numberOf, put } from '../run.ts';
import { stem } from './tables.ts';

const line = /^step:(\d+)\/(\d+) (?:train_loss:\S+ )?val_loss:(\S+) train_time:(\S+?)(?:s|ms)?(?: |$)/;
const rule = /^={100}$/m;
/** Settings of the script that are a product of numbers, such as `batch_size = 8 * 64 * 1024`. */
const setting =
  /^\s*(batch_size|train_steps|seq_len|sequence_length|seed|mbs|lr) = ([\d_]+(?:\.\d+)?(?: ?\* ?[\d_]+)*)\s*(?:#.*)?$/gm;

export const track3: Reader = {
  kind: 'track3',
  what: "logs of modded-nanogpt's optimizer track",
  recognises: (file) =>
    !file.head.includes(0) &&
    /\.(txt|log)$/.test(file.name) &&
    file.size < 8 << 20 &&
    textOf(file)
      .split('\n')
      .some((one) => line.test(one)),
  read: (files) => files.flatMap(read),
};

function read(file: FoundFile): ForeignRun[] {
  const text = textOf(file);
  const source = rule.test(text) ? text.slice(0, text.search(rule)) : '';
  const runs: ForeignRun[] = [];
  for (const one of text.split(/\r?\n/)) {
    const [, step, steps, loss] = line.exec(one) ?? [];
    if (step === undefined) continue;
    if (Number(step) === 0 || runs.length === 0) {
      const run = newRun(`${stem(file.name)} (${runs.length + 1})`, `${file.name}, run ${runs.length + 1}`);
      for (const [, name, product] of source.matchAll(setting))
        put(
          run.config,
          name,
          product.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1),
        );
      // Its runs are repeated without a seed of their own.
      put(run.config, 'repeat', runs.length + 1);
      runs.push(run);
    }
    const run = runs[runs.length - 1];
    put(run.config, 'steps', Number(steps));
    const value = numberOf(loss);
    if (value !== undefined) measure(run, 'val_loss', Number(step), value);
    run.ending = step === steps ? 'finished' : 'unfinished';
  }
  return runs;
}
