// What the answer says of studies with several models or budgets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

test('of several models or budgets the answer says how far all of them reach, and which one it tells more of', () => {
  const worse = (by: number, tokens: number) =>
    syntheticRows().map((row) => ({
      ...row,
      tokens,
      runId: `${row.runId}-${tokens}`,
      valLoss: row.valLoss === null || row.optimizer === 'adam' ? row.valLoss : row.valLoss + by,
    }));
  const budgets = [500_000, 1_000_000];
  const rows = [...worse(0.5, budgets[0]), ...worse(0, budgets[1])];
  const loaded = { ...loadedStudy(rows, { tokens: budgets }), expected: [] };
  const { answer, gaps } = summarizeStudy(loaded);
  const at = (batchSize: number, tokens: number) =>
    gaps
      .find((gap) => gap.batchSize === batchSize && gap.tokens === tokens)!
      .gap.toFixed(3)
      .replace('-', '−');
  assert.equal(
    answer[0],
    `Over 2 combinations of model and budget, the loss of tuned SGD minus that of tuned Adam is from ${at(1, 1e6)} to +${at(1, 5e5)} at batch size 1 and from +${at(256, 1e6)} to +${at(256, 5e5)} at batch size 256, in nats per token (above 0: Adam is better).`,
  );
  assert.match(
    answer[1],
    /^For nano with 500,000 tokens per run: at batch size 256 tuned SGD is 0\.\d+ nats per token behind Adam/,
  );
  const none = summarizeStudy({ ...loaded, rows: [] });
  assert.match(none.answer[0], /^No run has finished yet/);
});
