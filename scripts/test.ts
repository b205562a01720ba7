// The test runner: `npm test [-- PATH...] [-- --name REGEX]`, `npm run test:long`.
// Runs node:test over the test files that stand beside the sources, and ends with the counts alone on a line.
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { countsLine, createTally } from './tally.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Only the slow tests, `*.long.test.ts`; without it they are left out. */
    long: { type: 'boolean', default: false },
    /** Only tests whose name matches this regular expression. */
    name: { type: 'string' },
    /** Where to look for tests; the repository by default. */
    root: { type: 'string', default: resolve(import.meta.dirname, '..') },
  },
});

/**
 * Node keeps what it compiles here, for these processes and for those that they start: hundreds of
 * processes load the same sources, and without it spend half of their time on that.
 */
process.env.NODE_COMPILE_CACHE ||= resolve(import.meta.dirname, '../node_modules/.cache/gaplab/code');

const files = globSync('{src,scripts,bench,web}/**/*.test.ts', {
  cwd: values.root,
  exclude: ['**/node_modules/**'],
})
  .filter((file) => file.endsWith('.long.test.ts') === values.long)
  .filter(
    (file) =>
      positionals.length === 0 || positionals.some((part) => file.includes(part.replace(/^\.\//, ''))),
  )
  .map((file) => resolve(values.root, file))
  .sort();
if (files.length === 0 && positionals.length > 0)
  console.error(`no test file has ${positionals.join(' or ')} in its path`);

const tally = createTally(files, { strict: values.name === undefined });
if (files.length > 0) {
  const events = run({
    files,
    cwd: values.root,
    concurrency: availableParallelism(),
    // Per file, in milliseconds: far above what any file needs, so that only a hang is cut.
    timeout: values.long ? 30 * 60_000 : 5 * 60_000,
    ...(values.name && { testNamePatterns: [new RegExp(values.name)] }),
  });
  events.on('test:pass', (data) => tally.add({ type: 'test:pass', data }));
  events.on('test:fail', (data) => tally.add({ type: 'test:fail', data }));
  events.on('test:summary', (data) => tally.add({ type: 'test:summary', data }));
  await pipeline(events.compose(new spec()), process.stdout, { end: false });
}
const { counts, complaints } = tally.end();
if (files.length === 0) counts.failed += positionals.length > 0 || !values.long ? 1 : 0;
for (const complaint of complaints) console.log(`\u2716 ${complaint}`);
console.log(countsLine(counts));
process.exitCode = counts.failed > 0 || (counts.passed === 0 && files.length > 0) ? 1 : 0;
