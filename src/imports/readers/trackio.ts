// trackio: its database `<project>.db`, and the fragments in JSON lines that it
// writes where SQLite would not be safe.
import { damaged, textOf } from '../files.ts';
import { looseObject, parseLoose } from '../loose-json.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, flatten, measure, newRun, numberOf } from '../run.ts';
import { hasTables, textIn, withDatabase } from '../sqlite.ts';

export const trackio: Reader = {
  kind: 'trackio',
  what: 'databases of trackio',
  recognises: (file) =>
    hasTables(file, { metrics: ['run_id', 'run_name', 'step', 'metrics'], configs: ['run_id', 'config'] }),
  read: (files) => files.flatMap(readDatabase),
};

function readDatabase(file: FoundFile): ForeignRun[] {
  return withDatabase(file, ({ rows }) => {
    const runs = new Map<string, ForeignRun>();
    const of = (row: Record<string, unknown>) => runOf(runs, textIn(row.run_id), textIn(row.run_name), file);
    for (const row of rows('select run_id, run_name, config from configs order by id'))
      configure(of(row), parseLoose(textIn(row.config)));
    for (const row of rows('select run_id, run_name, step, metrics from metrics order by step, id'))
      record(of(row), Number(row.step), parseLoose(textIn(row.metrics)), file);
    return [...runs.values()];
  });
}

export const trackioFragments: Reader = {
  kind: 'trackio-fragments',
  what: 'fragments of trackio',
  recognises: ({ head }) => /^\s*\{"v": ?\d+, ?"kind": ?"/.test(head.toString('utf8', 0, 200)),
  read(files) {
    const runs = new Map<string, ForeignRun>();
    for (const file of files) readFragment(file, runs);
    return [...runs.values()];
  },
};

function readFragment(file: FoundFile, runs: Map<string, ForeignRun>): void {
  for (const [i, line] of textOf(file).split('\n').entries()) {
    if (line.trim() === '') continue;
    const entry = looseObject(line);
    // Fragments are renamed into place when they are whole: a broken line is damage,
    // which trackio itself would pass over.
    if (!entry) throw damaged(file, `line ${i + 1} is no whole JSON`);
    if (entry.kind !== 'metric') continue;
    const run = runOf(runs, String(entry.run_id ?? entry.run), String(entry.run), file);
    if (entry.config) configure(run, entry.config);
    record(run, numberOf(entry.step) ?? 0, entry.metrics, file);
  }
}

function runOf(runs: Map<string, ForeignRun>, id: string, name: string, file: FoundFile): ForeignRun {
  const run = runs.get(id) ?? newRun(name || id, `${file.name}: ${name || id}`);
  runs.set(id, run);
  return run;
}

/** Names that begin with `_` are its own. */
function configure(run: ForeignRun, config: unknown): void {
  for (const [name, value] of Object.entries(flatten(config)))
    if (!name.startsWith('_')) run.config[name] = value;
}

function record(run: ForeignRun, step: number, metrics: unknown, file: FoundFile): void {
  if (typeof metrics !== 'object' || metrics === null)
    throw damaged(file, 'a measurement in it is no object');
  for (const [name, value] of Object.entries(metrics)) {
    const number = numberOf(value);
    if (number !== undefined) measure(run, name, step, number);
  }
}
