// Figures under test are pictures: each test compares with `<name>.snap.svg` beside it,
// which a review can look at. UPDATE_SNAPSHOTS=1 writes them anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** Compares `svg` with the file at `url`; a missing file is a failure unless snapshots are being updated. */
export function matchSnapshot(url: URL, svg: string): void {
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(url, svg);
  const recorded = readFileSync(url, 'utf8').replaceAll('\r\n', '\n');
  assert.equal(
    svg,
    recorded,
    `${url.pathname} differs; look at the figure, then run with UPDATE_SNAPSHOTS=1`,
  );
}
