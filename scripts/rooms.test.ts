// The room rules on small made-up trees.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './rooms.ts';
import { commentLines, globalsUsed, importsOf } from './source.ts';

const check = (files: Record<string, string>) => violations(new Map(Object.entries(files)));

test('imports are found in every form, and not in comments, strings, templates or regular expressions', () => {
  const source = [
    "import a, { b } from './a.ts';",
    "import {\n  c,\n  type D,\n} from './c.ts';",
    "import type { E } from './e.ts';",
    "import './side.ts';",
    "export * from './f.ts';",
    "export { g } from './g.ts';",
    "const h = await import('./h.ts');",
    "// import x from './comment.ts'",
    "/* import './block.ts' */",
    'const s = "import \'./string.ts\'";',
    'const t = `import "./template.ts"`;',
    "const r = /['\"]/.test(s); import type, { i } from './i.ts';",
    "thing.import('./method.ts');",
    "export type { J } from './j.ts'; type K = import('./k.ts').K;",
    `const l = \`\${(await import('./l.ts')).l} \${'}'}\`;`,
  ].join('\n');
  const found = importsOf('src/a.ts', source).map(
    ({ specifier, typeOnly }) => specifier + (typeOnly ? ' (type)' : ''),
  );
  const expected = [
    './a.ts',
    './c.ts',
    './e.ts (type)',
    './side.ts',
    './f.ts',
    './g.ts',
    './h.ts',
    './i.ts',
    './j.ts (type)',
    './k.ts (type)',
    './l.ts',
  ];
  assert.deepEqual(found, expected);
  assert.equal(importsOf('src/a.ts', source)[2].line, 6);
});

test('globals are found where they are read, and neither in types nor as names of members', () => {
  const found = (source: string) =>
    globalsUsed('src/a.ts', source, ['process', 'global']).map(([name, line]) => `${name} ${line}`);
  for (const source of [
    'f(process);',
    'const { env } = process;',
    'g = { process };',
    `\`\${process.pid}\`;`,
    'a[process];',
  ])
    assert.deepEqual(found(`// process\n${source}`), ['process 2'], source);
  for (const source of [
    'a.process;',
    '({ process: 1 });',
    'class A { process = 1; global() {} }',
    'let x: NodeJS.process;',
  ])
    assert.deepEqual(found(source), [], source);
  for (const own of [
    'const [process = 1] = [];',
    "import { a as process } from 'a';",
    'function f({ process }) {}',
  ])
    assert.deepEqual(found(`${own} process.x;`), [], own);
  assert.deepEqual(found('process as unknown; (global satisfies object)!;'), ['process 1', 'global 1']);
});

test('what is no TypeScript is said with the name of the file', () => {
  assert.throws(
    () => importsOf('src/core/a.ts', 'const = 1;'),
    /^Error: src\/core\/a.ts is no TypeScript: .*const = 1/s,
  );
  assert.throws(() => check({ 'src/core/b.ts': 'import {' }), /src\/core\/b.ts is no TypeScript/);
});

test('comments are found, and nothing that only looks like one', () => {
  const source = 'f(); // a\n/**\n * b\n */\nconst s = `\n// c\n`;\n"/* d */";';
  assert.deepEqual(commentLines('src/a.ts', source), [1, 2, 3, 4]);
});

test('a room imports from earlier rooms and itself only', () => {
  const files = {
    'src/core/a.ts': "import '../graph/b.ts';",
    'src/graph/b.ts': '',
    'src/graph/c.ts': "import './b.ts'; import type { X } from '../train/d.ts';",
    'src/train/d.ts': "import '../graph/b.ts'; import 'node:fs';",
    'src/cli.ts': "import './train/d.ts';",
    'src/index.ts': "import './cli.ts'; import '../scripts/x.ts'; import './nowhere.ts';",
  };
  assert.deepEqual(check(files), [
    'src/core/a.ts:1: core may not import src/graph/b.ts: graph comes later in the list of rooms',
    'src/graph/c.ts:1: graph may not import src/train/d.ts: train comes later in the list of rooms',
    'src/index.ts:1: src/ may not import scripts/x.ts',
    'src/index.ts:1: ./nowhere.ts does not exist',
  ]);
});

test('platform-free rooms use neither Node nor the DOM', () => {
  const files = {
    'src/optim/a.ts':
      "import 'node:fs';\nimport 'onnxruntime-node';\nexport const x = process.env.X;\n// window.y",
    'src/figures/b.ts':
      'export const f = (document: Document) => document.body; export const g = a.process.b;',
    'src/figures/c.ts': 'window.alert("document.x");',
    'src/optim/a.test.ts': "import 'node:test'; import '../train/t.ts'; process.exit();",
    'src/train/t.ts': 'process.exit();',
  };
  assert.deepEqual(check(files), [
    'src/optim/a.ts:1: optim is platform-free and may not import node:fs',
    'src/optim/a.ts:2: optim is platform-free and may not import onnxruntime-node',
    'src/optim/a.ts:3: optim is platform-free and may not use the global process',
    'src/figures/c.ts:1: figures is platform-free and may not use the global window',
  ]);
});

test('what a browser loads does without Node, however deep', () => {
  const files = {
    'src/browser.ts': "import './train/step.ts'; import type { X } from './data/files.ts'; location.href;",
    'src/browser/worker.ts': "import 'onnxruntime-web/wasm'; import '../data/pick.ts';",
    'src/browser/helper.ts': "import 'node:fs';",
    'src/data/pick.ts': "import './files.ts';",
    'src/data/files.ts': "import 'node:fs'; import type { S } from 'node:stream';",
    'src/train/step.ts': 'process.exit();',
    'src/train/other.ts': "import 'onnxruntime-web';",
  };
  assert.deepEqual(check(files), [
    'src/train/other.ts:1: train may not import onnxruntime-web: only the room browser may',
    'src/train/step.ts:1: runs in a browser and may not use the global process (src/browser.ts -> src/train/step.ts)',
    'src/data/files.ts:1: runs in a browser and may not import node:fs (src/browser/worker.ts -> src/data/pick.ts -> src/data/files.ts)',
  ]);
});

test('circles are found, also those that types close', () => {
  const files = {
    'src/core/a.ts': "import './b.ts';",
    'src/core/b.ts': "import './c.ts';",
    'src/core/c.ts': "import './a.ts'; import './d.ts';",
    'src/core/d.ts': "import type { X } from './c.ts';",
  };
  assert.deepEqual(check(files), [
    'src/core/a.ts: imports itself in a circle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
    'src/core/c.ts: imports itself in a circle: src/core/c.ts -> src/core/d.ts -> src/core/c.ts',
  ]);
});

test('an unlisted room is named', () => {
  assert.match(check({ 'src/attic/a.ts': '' })[0], /room attic is not in the list/);
});

test('what tests share is only for tests', () => {
  const files = {
    'src/core/made.testing.ts': "import './more.testing.ts';",
    'src/core/more.testing.ts': '',
    'src/core/made.test.ts': "import './made.testing.ts';",
    'src/core/a.ts': "import './more.testing.ts';",
  };
  assert.deepEqual(check(files), ['src/core/a.ts:1: src/core/more.testing.ts is only for tests']);
});
