// Which file systems are believed about changes, and what happens where they are not.
import assert from 'node:assert/strict';
import fs, { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createTrust, identityOf } from './identity.ts';
import { prepareData } from './prepare.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-identity-'));
after(() => rmSync(root, { recursive: true }));
const path = join(root, 'a.txt');
writeFileSync(path, Array.from({ length: 99 }, (_, i) => `Line ${i * i} of a text.\n`).join('<|endoftext|>'));
const stat = () => statSync(path, { bigint: true });

test('every part of the identity counts', () => {
  const whole = { ...stat(), dev: 1n, ino: 2n, size: 3n, mtimeNs: 4n, ctimeNs: 5n };
  for (const key of ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const)
    assert.notEqual(identityOf({ ...whole, [key]: 9n }), identityOf(whole), key);
  assert.equal(identityOf({ ...whole, atimeNs: 9n }), identityOf(whole));
});

test('a file system without times of change is not believed', () => {
  assert.equal(createTrust('win32')(path, { ...stat(), ctimeNs: 0n }), false);
  assert.equal(createTrust('win32')(path, stat()), true);
  if (process.platform !== 'linux') return;
  assert.equal(createTrust()('/proc/version', statSync('/proc/version', { bigint: true })), false);
});

test('there the corpus is read at every start and known by its contents', async (t) => {
  const steps = async () => {
    const phases = new Set<string>();
    const onProgress = ({ phase }: { phase: string }) => void phases.add(phase);
    const data = await prepareData({
      corpus: path,
      vocabSize: 262,
      cacheDir: join(root, 'cache'),
      onProgress,
    });
    data.close();
    return [data.fingerprint, ...phases];
  };
  const sshfs = { type: 0x65735546 } as fs.StatsFs;
  t.mock.method(fs, 'statfsSync', () => sshfs);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  if (process.platform !== 'linux') return t.skip('only Linux tells file systems apart');
  const [fingerprint] = await steps();
  assert.deepEqual(await steps(), [fingerprint, 'read']);
  assert.deepEqual(await steps(), [fingerprint, 'read']);
});
