// Tables laid out as W&B exports them: a row a run with Name and State, and a history with _step.
import { toCsv } from '../../core/csv.ts';
import type { Format } from '../format.ts';
import { hyperNames, runNames, settingsOf } from '../rows.ts';

/** W&B has no word for a run that diverged: it finished, and its loss is no number. */
const states = { done: 'finished', diverged: 'finished', failed: 'failed', missing: 'pending' } as const;

export const wandbCsv: Format = {
  name: 'wandb-csv',
  what: "tables laid out as W&B's exports",
  files({ rows }) {
    const settings = ['optimizer', 'batch_size', 'lr', 'seed', 'tokens', 'model', ...hyperNames(rows)];
    const nameOf = runNames(rows);
    const runs = rows.map((row) => ({
      Name: nameOf(row),
      State: states[row.status],
      ...settingsOf(row),
      'train/loss': row.trainLoss,
      'val/loss': row.status === 'diverged' ? 'NaN' : row.valLoss,
      _step: row.stepsTaken ?? null,
      _runtime: row.seconds,
    }));
    const history = rows.flatMap((row) =>
      (row.lossCurve ?? []).map(({ step, loss, valLoss, seconds }) => ({
        run: nameOf(row),
        _step: step,
        'train/loss': loss,
        'val/loss': valLoss ?? null,
        _runtime: seconds ?? null,
      })),
    );
    return new Map([
      [
        'runs.csv',
        toCsv(['Name', 'State', ...settings, 'train/loss', 'val/loss', '_step', '_runtime'], runs),
      ],
      ['history.csv', toCsv(['run', '_step', 'train/loss', 'val/loss', '_runtime'], history)],
    ]);
  },
};
