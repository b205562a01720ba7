import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { momentOf, stopsBefore } from './deadline.ts';

test('times are read as people and schedulers write them', () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(momentOf('90m', now), now + 90 * 60_000);
  assert.equal(momentOf('1.5h', now), now + 90 * 60_000);
  assert.equal(momentOf('2d', now), now + 48 * 3_600_000);
  assert.equal(momentOf('1767225600', now), now);
  assert.equal(momentOf('2026-01-01T00:00:00Z', 0), now);
  for (const text of ['', 'soon', '90', '-5m', '2026', '1e400'])
    assert.equal(momentOf(text, now), undefined, text);
});

test('work stops before the deadline, at once when it is near, and at SIGUSR1', async () => {
  const far = stopsBefore(Date.now() + 40 * 86_400_000, 60);
  const near = stopsBefore(Date.now() + 30_000, 60);
  const soon = stopsBefore(Date.now() + 60_020, 60);
  try {
    assert.equal(far.signal.aborted, false);
    assert.equal(near.signal.aborted, true);
    assert.equal(near.reason(), 'the deadline is near');
    await new Promise((resolve) => {
      // The timer alone keeps no process alive.
      const hold = setInterval(() => {}, 1000);
      soon.signal.addEventListener('abort', () => resolve(clearInterval(hold)));
    });
    process.kill(process.pid, 'SIGUSR1');
    while (!far.signal.aborted) await sleep(5);
    assert.match(far.reason(), /SIGUSR1/);
  } finally {
    for (const one of [far, near, soon]) one.release();
  }
});
