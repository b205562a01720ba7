import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { writeAtomic } from './atomic.ts';
import { crashingAt, onWrites, refusing } from './faults.testing.ts';
import { publish, readPublished } from './publish.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-publish-'));

test('the first stands, no temporary file is left', () => {
  const dir = scratch();
  assert.equal(publish(join(dir, 'x'), 'first'), true);
  assert.equal(publish(join(dir, 'x'), 'second'), false);
  assert.equal(readFileSync(join(dir, 'x'), 'utf8'), 'first');
  writeAtomic(join(dir, 'x'), 'third');
  assert.deepEqual(readdirSync(dir), ['x']);
});

for (const code of ['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'EACCES', 'EMLINK'])
  test(`where links are refused with ${code}, the first stands, too`, async () => {
    const dir = scratch();
    await refusing(['linkSync'], code, () => {
      assert.equal(publish(join(dir, 'x'), 'first'), true);
      assert.equal(publish(join(dir, 'x'), 'second'), false);
    });
    assert.equal(readPublished(join(dir, 'x')), 'first');
    assert.deepEqual(readdirSync(dir), ['x']);
  });

test('a link that was made although the system says that it was not is a publication', async () => {
  const dir = scratch();
  const { linkSync } = await import('node:fs');
  const fs = (await import('node:fs')).default as { linkSync: typeof linkSync };
  const { syncBuiltinESMExports } = await import('node:module');
  fs.linkSync = (from, to) => {
    linkSync(from, to);
    throw Object.assign(new Error('lost the answer'), { code: 'EEXIST' });
  };
  syncBuiltinESMExports();
  try {
    assert.equal(publish(join(dir, 'x'), 'first'), true);
  } finally {
    fs.linkSync = linkSync;
    syncBuiltinESMExports();
  }
  assert.equal(readFileSync(join(dir, 'x'), 'utf8'), 'first');
});

for (const links of [true, false]) {
  const way = links ? 'with' : 'without';
  const here = <T>(work: () => T) => (links ? work() : refusing(['linkSync'], 'EPERM', work));

  test(`dying at any write, ${way} links: it stands whole or not at all, and the next publisher ends it`, async () => {
    let at = 1;
    const died = () => {
      const path = join(scratch(), 'x');
      if (!crashingAt(at, () => void publish(path, 'first'))) return false;
      const seen = readPublished(path);
      assert.ok(seen === undefined || seen === 'first', `torn: ${seen}`);
      // What one reader has seen, no later publisher may change.
      assert.equal(publish(path, 'second'), seen === undefined);
      assert.equal(readFileSync(path, 'utf8'), seen ?? 'second');
      assert.ok(!existsSync(`${path}.publishing`));
      return true;
    };
    while (await here(died)) at++;
    assert.ok(at > (links ? 5 : 9), `only ${at} writes`);
  });

  test(`stopped at any write while another one publishes, ${way} links: one of the two is first, and its text stays`, async () => {
    let at = 1;
    const met = () => {
      const path = join(scratch(), 'x');
      let second: boolean | undefined;
      let [stopped, busy] = [false, false];
      const restore = onWrites((_, n) => {
        if (busy || stopped || n < at) return;
        [stopped, busy] = [true, true];
        second = publish(path, 'second');
        busy = false;
      });
      const first = publish(path, 'first');
      restore();
      if (!stopped) return false;
      assert.equal(second, !first);
      assert.equal(readFileSync(path, 'utf8'), first ? 'first' : 'second');
      assert.deepEqual(readdirSync(dirname(path)), ['x']);
      return true;
    };
    while (await here(met)) at++;
    assert.ok(at > (links ? 5 : 9), `only ${at} writes`);
  });
}
