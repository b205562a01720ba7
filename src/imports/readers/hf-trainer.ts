// Hugging Face's Trainer: `trainer_state.json`, whole in each checkpoint of a run. The newest one counts.
import { dirname } from 'node:path';
import { damaged, textOf } from '../files.ts';
import { looseObject } from '../loose-json.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, measure, newRun, numberOf } from '../run.ts';

const checkpoint = /(^|\/)checkpoint-\d+$/;
/** The folder of the run, which holds its checkpoints. */
const folderOf = (path: string): string => {
  const folder = dirname(path);
  return checkpoint.test(folder) ? dirname(folder) : folder;
};

export const hfTrainer: Reader = {
  kind: 'hf-trainer',
  what: "Hugging Face's trainer_state.json",
  recognises: ({ name, head }) =>
    /(^|\/)trainer_state\.json$/.test(name) || /^\s*\{[\s\S]*"log_history"\s*:/.test(head.toString('utf8')),
  owns: ({ path }) => folderOf(path),
  read(files) {
    const states = files.map((file) => ({ file, state: stateOf(file) }));
    const byRun = Map.groupBy(states, ({ file }) => folderOf(file.path));
    return [...byRun.values()].map((all) => {
      const newest = all.reduce((a, b) => (stepOf(b.state) >= stepOf(a.state) ? b : a));
      return runOf(newest.file, newest.state);
    });
  },
};

const stepOf = (state: Record<string, unknown>): number => numberOf(state.global_step) ?? 0;

function stateOf(file: FoundFile): Record<string, unknown> {
  const state = looseObject(textOf(file));
  if (!state) throw damaged(file, 'this is no whole JSON, perhaps it was cut short');
  if (!Array.isArray(state.log_history) || state.log_history.length === 0)
    throw damaged(file, 'its log_history is empty');
  return state;
}

function runOf(file: FoundFile, state: Record<string, unknown>): ForeignRun {
  const folder = folderOf(file.name);
  const run = newRun(folder === '.' ? file.name : folder, file.name);
  for (const entry of state.log_history as unknown[]) {
    if (typeof entry !== 'object' || entry === null)
      throw damaged(file, 'an entry of its log_history is no object');
    const { step, epoch: _, ...values } = entry as Record<string, unknown>;
    const at = numberOf(step);
    for (const [name, value] of Object.entries(values)) {
      const number = numberOf(value);
      if (at !== undefined && number !== undefined) measure(run, name, at, number);
    }
  }
  for (const name of ['max_steps', 'num_train_epochs', 'train_batch_size', 'num_input_tokens_seen']) {
    const value = numberOf(state[name]);
    if (value) run.config[name] = value;
  }
  // The settings lie in training_args.bin, which only Python reads; the highest rate of the log is the peak.
  const rates = run.series.learning_rate?.values.filter(Number.isFinite) ?? [];
  if (rates.length > 0) run.config.learning_rate = Math.max(...rates);
  const whole = stepOf(state) >= (numberOf(state.max_steps) ?? Number.POSITIVE_INFINITY);
  run.ending = whole ? 'finished' : 'unfinished';
  return run;
}
