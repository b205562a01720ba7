// Two tables in full precision.
import { toCsv } from '../../core/csv.ts';
import type { Format } from '../format.ts';
import { measurementTable, runTable } from '../rows.ts';

export const csv: Format = {
  name: 'csv',
  what: 'tables for any program',
  files(study) {
    const [runs, measurements] = [runTable(study), measurementTable(study)];
    return new Map([
      ['runs.csv', toCsv(runs.columns, runs.rows)],
      ['measurements.csv', toCsv(measurements.columns, measurements.rows)],
    ]);
  },
};
