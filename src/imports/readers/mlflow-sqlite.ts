// MLflow's tracking database (SQLite, its default since 3.7).

import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, measure, newRun, numberOf, numberOrText, put } from '../run.ts';
import { hasTables, textIn, withDatabase } from '../sqlite.ts';
import { endingOf } from './mlflow-status.ts';

/** It stores an infinity as the largest double. */
const LARGEST = 1.797e308;

export const mlflowSqlite: Reader = {
  kind: 'mlflow',
  what: 'databases of MLflow',
  recognises: (file) =>
    hasTables(file, {
      runs: ['run_uuid', 'status', 'lifecycle_stage'],
      params: ['key', 'value', 'run_uuid'],
      metrics: ['key', 'value', 'step', 'is_nan', 'run_uuid'],
    }),
  read: (files) => files.flatMap(read),
};

function read(file: FoundFile): ForeignRun[] {
  return withDatabase(file, ({ rows }) => {
    const runs = new Map<string, ForeignRun>();
    for (const row of rows(
      "select run_uuid, name, status from runs where lifecycle_stage = 'active' order by start_time",
    )) {
      const id = textIn(row.run_uuid);
      const run = newRun(textIn(row.name) || id, `${file.name}: run ${id}`);
      Object.assign(run, endingOf(textIn(row.status)));
      runs.set(id, run);
    }
    for (const { run_uuid, key, value } of rows('select run_uuid, key, value from params')) {
      const run = runs.get(textIn(run_uuid));
      if (run) put(run.config, textIn(key), numberOrText(textIn(value)));
    }
    for (const row of rows(
      'select run_uuid, key, value, step, is_nan from metrics order by step, timestamp',
    )) {
      const run = runs.get(textIn(row.run_uuid));
      const value = Number(row.is_nan) !== 0 ? Number.NaN : (numberOf(row.value) ?? Number.NaN);
      const whole = Math.abs(value) >= LARGEST ? Math.sign(value) * Number.POSITIVE_INFINITY : value;
      if (run) measure(run, textIn(row.key), Number(row.step), whole);
    }
    return [...runs.values()];
  });
}
