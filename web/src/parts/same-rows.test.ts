// Rows that are made anew with the same numbers are the same rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameRows } from './same-rows.ts';

test('rows are the same where every field is', () => {
  const rows = () => [
    { lr: 0.1, loss: Number.NaN, why: null as string | null },
    { lr: 0.2, loss: 3, why: 'diverged' },
  ];
  assert.ok(sameRows(rows(), rows()));
  for (const change of [
    (all: ReturnType<typeof rows>) => all.pop(),
    (all: ReturnType<typeof rows>) => all.reverse(),
    (all: ReturnType<typeof rows>) => (all[0].loss = 0),
    (all: ReturnType<typeof rows>) => (all[1].why = null),
    (all: ReturnType<typeof rows>) => Object.assign(all[0], { more: 1 }),
  ]) {
    const changed = rows();
    change(changed);
    assert.equal(sameRows(rows(), changed), false);
    assert.equal(sameRows(changed, rows()), false);
  }
  assert.equal(sameRows([{ lr: undefined } as object], [{ loss: undefined }]), false);
});
