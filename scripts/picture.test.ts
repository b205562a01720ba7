// The picture of the rooms is that of the imports as they are now.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawnNow, file, reduced, roomGraph } from './picture.ts';

test('docs/architecture.svg is as the imports are', () => {
  const isFresh = readFileSync(file, 'utf8') === drawnNow();
  assert.ok(isFresh, 'the rooms import each other otherwise than the picture shows: run `npm run picture`');
});

test('arrows are imports between rooms, types included, tests not; none is drawn where others lead there', () => {
  const files = {
    'src/core/a.ts': "import './b.ts'; import 'node:fs';",
    'src/data/b.ts': "import type { A } from '../core/a.ts';",
    'src/cli/c.ts': "import '../data/b.ts'; import '../core/a.ts';",
    'src/core/a.test.ts': "import '../cli/c.ts';",
    'src/core/a.testing.ts': "import '../data/b.ts';",
    'src/index.ts': "export * from './cli/c.ts';",
  };
  const arrows = reduced(roomGraph(new Map(Object.entries(files)))).map((arrow) => arrow.join(' '));
  assert.deepEqual(arrows, ['data core', 'cli data', 'index cli']);
});
