// Optuna's journal: one operation a line, from which trials are put together.
import { damaged, textOf } from '../files.ts';
import { looseObject } from '../loose-json.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, flatten, measure, newRun, numberOf, put } from '../run.ts';
import { end, objective, parameter } from './optuna.ts';

const CREATE_STUDY = 0;
const CREATE_TRIAL = 4;
const SET_PARAM = 5;
const SET_STATE = 6;
const SET_INTERMEDIATE = 7;
const SET_USER_ATTR = 8;

export const optunaJournal: Reader = {
  kind: 'optuna-journal',
  what: 'journals of Optuna',
  recognises: ({ head }) => /^\s*\{"op_code": ?\d+, ?"worker_id"/.test(head.toString('utf8', 0, 200)),
  read: (files) => files.flatMap(read),
};

interface Study {
  name: string;
  directions: unknown[];
  trials: number;
}

function read(file: FoundFile): ForeignRun[] {
  const studies: Study[] = [];
  const runs: { run: ForeignRun; study: Study }[] = [];
  const lines = textOf(file).split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const op = looseObject(line);
    // A last line without its end is being written.
    if (!op && i === lines.length - 1) {
      file.isCut = true;
      break;
    }
    if (!op) throw damaged(file, `line ${i + 1} is no whole JSON`);
    if (op.op_code === CREATE_STUDY)
      studies.push({ name: String(op.study_name), directions: op.directions as unknown[], trials: 0 });
    else if (op.op_code === CREATE_TRIAL) {
      const study = studies[Number(op.study_id)];
      if (!study) throw damaged(file, `line ${i + 1} is about a study that was never made`);
      const name = `${study.name} trial ${study.trials++}`;
      const run = newRun(name, `${file.name}: ${name}`);
      end(run, String(op.state ?? 0));
      runs.push({ run, study });
    } else if (numberOf(op.op_code)! >= SET_PARAM && op.trial_id !== undefined) {
      const there = runs[Number(op.trial_id)];
      if (!there) throw damaged(file, `line ${i + 1} is about a trial that was never made`);
      change(op, there.run, there.study);
    }
  }
  return runs.map(({ run }) => run);
}

function change(op: Record<string, unknown>, run: ForeignRun, { directions }: Study): void {
  if (op.op_code === SET_PARAM)
    put(
      run.config,
      String(op.param_name),
      parameter(Number(op.param_value_internal), String(op.distribution)),
    );
  if (op.op_code === SET_USER_ATTR) flatten(op.user_attr, '', run.config);
  if (op.op_code === SET_INTERMEDIATE)
    measure(run, 'intermediate', Number(op.step), numberOf(op.intermediate_value) ?? Number.NaN);
  if (op.op_code === SET_STATE) {
    end(run, String(op.state));
    for (const [i, value] of ((op.values as unknown[] | null) ?? []).entries())
      run.summary[objective(directions?.[i], i)] = numberOf(value) ?? Number.NaN;
  }
}
