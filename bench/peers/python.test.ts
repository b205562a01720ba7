import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findPython } from './python.ts';

test('an interpreter that is not there is named', () => {
  const { python, missing } = findPython(['json'], '/nowhere/python');
  assert.equal(python, undefined);
  assert.match(missing!, /^\/nowhere\/python does not run/);
});

const there = spawnSync('python3', ['--version']).status === 0;
test('a missing module is named, with the way to install it', { skip: !there && 'no python3 here' }, () => {
  assert.deepEqual(findPython(['json', 'sys'], 'python3'), { python: 'python3' });
  const { missing } = findPython(['json', 'no_such_module'], 'python3');
  assert.match(missing!, /no_such_module.*; pip install json no_such_module, then --python PATH/);
});
