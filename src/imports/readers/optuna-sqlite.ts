// Optuna's database (SQLite).

import { parseLoose } from '../loose-json.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, flatten, measure, newRun, put } from '../run.ts';
import { hasTables, textIn, withDatabase } from '../sqlite.ts';
import { end, objective, parameter } from './optuna.ts';

export const optunaSqlite: Reader = {
  kind: 'optuna',
  what: 'databases of Optuna',
  recognises: (file) =>
    hasTables(file, {
      studies: ['study_id', 'study_name'],
      trials: ['trial_id', 'number', 'study_id', 'state'],
      trial_params: ['trial_id', 'param_name', 'param_value', 'distribution_json'],
      trial_values: ['trial_id', 'objective', 'value', 'value_type'],
    }),
  read: (files) => files.flatMap(read),
};

const special: Record<string, number> = {
  INF_POS: Number.POSITIVE_INFINITY,
  INF_NEG: Number.NEGATIVE_INFINITY,
  NAN: Number.NaN,
};
/** A value that no column of numbers holds has its kind beside it. */
const stored = (value: unknown, kind: unknown): number =>
  special[textIn(kind)] ?? Number(value ?? Number.NaN);

function read(file: FoundFile): ForeignRun[] {
  return withDatabase(file, ({ rows }) => {
    const runs = new Map<bigint, ForeignRun>();
    const of = (row: Record<string, unknown>) => runs.get(row.trial_id as bigint);
    for (const row of rows('select * from trials join studies using (study_id) order by trial_id')) {
      const name = `${textIn(row.study_name)} trial ${row.number}`;
      const run = newRun(name, `${file.name}: ${name}`);
      end(run, textIn(row.state));
      runs.set(row.trial_id as bigint, run);
    }
    for (const row of rows('select * from trial_params')) {
      const run = of(row);
      if (run)
        put(
          run.config,
          textIn(row.param_name),
          parameter(Number(row.param_value), textIn(row.distribution_json)),
        );
    }
    for (const row of rows('select * from trial_user_attributes')) {
      const run = of(row);
      if (run) flatten(parseLoose(textIn(row.value_json)), textIn(row.key), run.config);
    }
    const values = `select v.*, d.direction from trial_values v join trials using (trial_id)
      left join study_directions d on d.study_id = trials.study_id and d.objective = v.objective`;
    for (const row of rows(values)) {
      const run = of(row);
      if (run)
        run.summary[objective(textIn(row.direction), Number(row.objective))] = stored(
          row.value,
          row.value_type,
        );
    }
    for (const row of rows('select * from trial_intermediate_values order by step')) {
      const run = of(row);
      if (run)
        measure(
          run,
          'intermediate',
          Number(row.step),
          stored(row.intermediate_value, row.intermediate_value_type),
        );
    }
    return [...runs.values()];
  });
}
