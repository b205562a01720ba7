// Fragments that trackio takes in when it starts with TRACKIO_DIR set to the folder:
// JSON lines, a folder a run.
import { createHash } from 'node:crypto';
import type { RunRow } from '../../analysis/rows.ts';
import type { Format } from '../format.ts';
import { runNames, settingsOf } from '../rows.ts';

export const trackio: Format = {
  name: 'trackio',
  what: 'fragments for trackio',
  files({ study, rows, startedAt }) {
    const from = startedAt === null ? 0 : Date.parse(startedAt);
    const nameOf = runNames(rows);
    return new Map(
      rows
        .filter((row) => (row.lossCurve ?? []).length > 0)
        .map((row) => [`inbox/${row.runId}/00000000.jsonl`, lines(row, nameOf(row), study.name, from)]),
    );
  },
};

function lines(row: RunRow, name: string, project: string, from: number): string {
  const { runId, status } = row;
  const config = { ...settingsOf(row), status };
  const curve = row.lossCurve ?? [];
  return curve
    .map(({ step, loss, valLoss, seconds = 0 }, i) => {
      const isLast = i === curve.length - 1;
      const val = valLoss ?? (isLast ? (row.valLoss ?? undefined) : undefined);
      return `${JSON.stringify({
        v: 1,
        kind: 'metric',
        project,
        run: name,
        run_id: runId,
        metrics: { 'train/loss': loss, ...(val === undefined ? {} : { 'val/loss': val }) },
        step,
        timestamp: new Date(from + seconds * 1000).toISOString(),
        config: i === 0 ? config : null,
        // The same line has the same id, so that taking an export in twice adds nothing.
        log_id: createHash('sha256').update(`${runId} ${step}`).digest('hex').slice(0, 32),
      })}\n`;
    })
    .join('');
}
