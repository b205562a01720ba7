// The lockfile's completion: what is entered for platforms that the registry at hand did not have.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complete, platformOf } from './lockfile.ts';

test('a platform is read from a package name', () => {
  assert.deepEqual(platformOf('@oxc-parser/binding-linux-arm-musleabihf'), {
    os: ['linux'],
    cpu: ['arm'],
    libc: ['musl'],
  });
  assert.deepEqual(platformOf('@biomejs/cli-win32-x64'), { os: ['win32'], cpu: ['x64'] });
  assert.equal(platformOf('fsevents'), undefined);
});

test('missing platform packages are entered, others are an error, what is there stays', () => {
  const entry = {
    version: '1.0.0',
    dev: true,
    optionalDependencies: { 'a-linux-x64': '1.0.0', 'a-darwin-arm64': '1.0.0' },
  };
  const packages = {
    '': {},
    'node_modules/a': entry,
    'node_modules/a-linux-x64': { version: '1.0.0', integrity: 'x' },
  };
  const { lockfile, added } = complete({ packages });
  assert.deepEqual(added, ['a-darwin-arm64']);
  assert.deepEqual(lockfile.packages['node_modules/a-darwin-arm64'], {
    version: '1.0.0',
    cpu: ['arm64'],
    dev: true,
    optional: true,
    os: ['darwin'],
  });
  assert.deepEqual(lockfile.packages['node_modules/a-linux-x64'], { version: '1.0.0', integrity: 'x' });
  assert.deepEqual(complete(lockfile).added, []);
  assert.throws(
    () => complete({ packages: { x: { optionalDependencies: { fsevents: '1.0.0' } } } }),
    /fsevents.*platform is unknown/,
  );
});

test('the lockfile of this repository is complete', () => {
  const lockfile = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
  assert.deepEqual(complete(lockfile).added, []);
});
