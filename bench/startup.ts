// How long until training begins: `node bench/startup.ts [--model nano] [--repeat 9] [--cold]`.
// A fresh process each time: Node starts, the graph is built, differentiated and loaded,
// one step is taken. Compiled code is kept between them, as the launcher does it;
// with --cold it is not, as in the first start after an installation.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, versions } from './machine.ts';
import { summary } from './stats.ts';
import { type Startup, startupTable } from './tables.ts';

export function startup({ model, repeat, cold }: { model: string; repeat: number; cold: boolean }): Startup {
  const times: Record<string, number[]> = {};
  const code = mkdtempSync(join(tmpdir(), 'gaplab-startup-'));
  const measured = join(import.meta.dirname, 'startup-process.ts');
  try {
    // The first one only fills the cache of compiled code.
    for (let i = cold ? 0 : -1; i < repeat; i++) {
      const started = performance.now();
      const { stdout, stderr } = spawnSync(process.execPath, [measured, model], {
        encoding: 'utf8',
        env: { ...process.env, NODE_COMPILE_CACHE: cold ? '' : code },
      });
      if (!stdout) throw new Error(stderr);
      if (i < 0) continue;
      const all = { ...JSON.parse(stdout), 'process over': performance.now() - started };
      for (const [name, ms] of Object.entries<number>(all)) (times[name] ??= []).push(ms);
    }
  } finally {
    rmSync(code, { recursive: true, force: true });
  }
  const summaries = Object.entries(times).map(([name, list]) => [name, summary(list)]);
  return { model, repeat, times: Object.fromEntries(summaries) };
}

if (import.meta.main) {
  const { values: flags } = parseArgs({
    options: {
      model: { type: 'string', default: 'nano' },
      repeat: { type: 'string', default: '9' },
      cold: { type: 'boolean', default: false },
    },
  });
  console.log(`${machine()}; ${versions()}`);
  console.log(startupTable(startup({ model: flags.model, repeat: Number(flags.repeat), cold: flags.cold })));
}
