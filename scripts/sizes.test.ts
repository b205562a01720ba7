// What is too large, on small made-up trees, and that nothing is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooLarge, written } from './sizes.ts';

const check = (files: Record<string, string>) => tooLarge(new Map(Object.entries(files)));
const short = Object.fromEntries(['x', 'y', 'z'].map((name) => [`${name}.ts`, '0;\n']));
const lines = (n: number) => '0;\n'.repeat(n);

test('files, comments and the rooms of the engine are within what they may have', () => {
  assert.deepEqual(tooLarge(written()), []);
});

test('long files, wide comments, a long median and a grown engine are named', () => {
  assert.deepEqual(check({ ...short, 'a.ts': lines(300), 'b.py': lines(301) }), [
    'b.py: 301 lines; at most 300',
  ]);
  assert.deepEqual(check({ ...short, 'a.ts': `// ${'x'.repeat(107)}\n0; /* ${'x'.repeat(107)} */` }), [
    'a.ts:2: a comment 116 columns wide; at most 110, as code is',
  ]);
  const python = `# ${'x'.repeat(109)}\nx = "# ${'x'.repeat(120)}"\n"""${'x'.repeat(120)}"""`;
  assert.deepEqual(check({ ...short, 'a.py': python }), [
    'a.py:1: a comment 111 columns wide; at most 110, as code is',
    'a.py:3: a comment 126 columns wide; at most 110, as code is',
  ]);
  assert.deepEqual(check({ 'a.ts': lines(79), 'b.ts': lines(80) }), []);
  assert.deepEqual(check({ 'a.ts': lines(80), 'b.ts': lines(80) }), [
    'the median file has 80 lines; below 80',
  ]);
  const engine = Array.from({ length: 31 }, (_, i) => [`src/graph/g${i}.ts`, lines(286)]);
  const more = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`src/data/d${i}.ts`, lines(1)]));
  const without = { ...more, 'src/graph/x.test.ts': lines(200), 'src/graph/x.testing.ts': lines(200) };
  assert.deepEqual(check({ ...Object.fromEntries(engine), ...without }), []);
  assert.deepEqual(check({ ...Object.fromEntries(engine), ...without, 'src/core/x.ts': lines(2) }), [
    'runtime, core, graph have 8868 lines; at most 8867',
  ]);
});
