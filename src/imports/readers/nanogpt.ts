// What nanoGPT prints: `step 250: train loss 1.97, val loss 2.06` and `iter 250:
// loss 1.98, time 30.1ms, mfu 1.2%`, after its settings.
import { textOf } from '../files.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, measure, newRun, numberOf, put, type Value } from '../run.ts';
import { stem } from './tables.ts';

const evaluation = /^step (\d+): train loss (\S+?), val loss (\S+?)\s*$/;
const iteration = /^iter (\d+): loss (\S+?), time/;
/** By its configurator, or a line of a configuration file, which it prints. */
const setting = /^(?:Overriding: )?([A-Za-z_]\w*) = ([^#]+?)\s*(?:#.*)?$/;
const tokens = /^tokens per iteration will be: ([\d,]+)/;

export const nanogpt: Reader = {
  kind: 'nanogpt',
  what: 'logs of nanoGPT',
  recognises: ({ head }) => {
    const lines = head.includes(0) ? [] : head.toString('utf8').split(/\r?\n/);
    return lines.some((line) => evaluation.test(line) || iteration.test(line));
  },
  read: (files) => files.flatMap(read),
};

function read(file: FoundFile): ForeignRun[] {
  const runs: ForeignRun[] = [];
  let config: Record<string, Value> = {};
  let last = Number.POSITIVE_INFINITY;
  const runAt = (step: number) => {
    // A log to which a second run was appended begins again.
    if (step < last && (last === Number.POSITIVE_INFINITY || step === 0)) {
      const run = newRun(stem(file.name), file.name);
      run.config = config;
      runs.push(run);
      config = { ...config };
    }
    last = step;
    return runs[runs.length - 1];
  };
  for (const line of textOf(file).split(/\r?\n/)) {
    const [evaluated, iterated] = [evaluation.exec(line), iteration.exec(line)];
    const set = setting.exec(line);
    const perStep = tokens.exec(line);
    if (evaluated) {
      const run = runAt(Number(evaluated[1]));
      add(run, 'train loss', evaluated[1], evaluated[2]);
      add(run, 'val loss', evaluated[1], evaluated[3]);
    } else if (iterated) add(runAt(Number(iterated[1])), 'loss', iterated[1], iterated[2]);
    else if (set) put(config, set[1], literal(set[2]));
    else if (perStep) config['tokens per iteration'] = Number(perStep[1].replaceAll(',', ''));
  }
  return runs.map((run, i) =>
    i === 0 ? run : { ...run, name: `${run.name} (${i + 1})`, where: `${run.where}, run ${i + 1}` },
  );
}

function add(run: ForeignRun, metric: string, step: string, text: string): void {
  const value = numberOf(text);
  if (value !== undefined) measure(run, metric, Number(step), value);
}

function literal(text: string): Value {
  if (text === 'True' || text === 'False') return text === 'True';
  const product = /^[\d_.e+-]+( \* [\d_.e+-]+)*$/i.test(text)
    ? text.split(' * ').reduce((all, one) => all * Number(one.replaceAll('_', '')), 1)
    : Number.NaN;
  return Number.isNaN(product) ? text.replace(/^(['"])(.*)\1$/, '$2') : product;
}
