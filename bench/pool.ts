// What a pool of 10,000 finished runs costs: `node bench/pool.ts [--runs 10000] [--json]`. Makes them up
// (bench/pool-runs.ts), then times `status` and `report` as a user calls them, and planning
// after one more result.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Outcomes } from '../src/study/outcomes.ts';
import { busy, machine, versions } from './machine.ts';
import { largeStudy, writeStudy } from './pool-runs.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
  },
});

/** What each may take, in milliseconds. */
const targets = { status: 1000, report: 10_000, 'planning after one more result': 50 };

const folder = mkdtempSync(join(tmpdir(), 'gaplab-pool-'));
// Nothing that is read here stays in the user's cache.
const env = { ...process.env, GAPLAB_CACHE: join(folder, 'cache') };

const gaplab = (...args: string[]) => {
  const begun = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [resolve(import.meta.dirname, '../bin/gaplab.js'), ...args],
    { encoding: 'utf8', env },
  );
  if (status !== 0) throw new Error(`gaplab ${args.join(' ')} ends with ${status}: ${stderr}`);
  return performance.now() - begun;
};

const least = (times: number[]) => Math.min(...times);
try {
  const load = busy();
  const dir = join(folder, 'study');
  const study = largeStudy(Number(flags.runs));
  const { results } = writeStudy(dir, join(folder, 'pool'), study);
  // Compiles the code.
  gaplab('status', '--help');
  const firstLook = gaplab('status', dir);
  const times: Record<keyof typeof targets, number> = {
    status: least([1, 2, 3].map(() => gaplab('status', dir))),
    report: least([1, 2].map(() => gaplab('report', dir))),
    'planning after one more result': planning(dir, study, [...results.keys()]),
  };
  if (flags.json) console.log(JSON.stringify({ machine: machine(), runs: results.size, times, firstLook }));
  else {
    console.log(`${machine()}; ${versions()}`);
    if (load) console.log(`Warning: ${load}`);
    console.log(
      `${results.size} finished runs, ${study.batchSizes.length * study.tokens.length * 4} cells\n`,
    );
    const rows = Object.entries(times).map(([what, ms]) => [
      what,
      `${Math.round(ms)} ms`,
      `${targets[what as keyof typeof targets]} ms`,
    ]);
    console.log(table([['', 'least time', 'target'], ...rows]));
    console.log(
      `\nThe first look at it (\`status\`) took ${Math.round(firstLook)} ms: results are kept in the cache.`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** A worker has seen all but the last results, which arrive one by one. */
function planning(dir: string, study: ReturnType<typeof largeStudy>, ids: readonly string[]): number {
  const last = new Set(ids.slice(-5));
  const outcomes = new Outcomes(study, join(dir, 'runs'));
  outcomes.look({ skip: (id) => last.has(id) });
  return least(
    [...last].map((id) => {
      last.delete(id);
      const begun = performance.now();
      outcomes.look({ skip: (other) => last.has(other) });
      return performance.now() - begun;
    }),
  );
}
