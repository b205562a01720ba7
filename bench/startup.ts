// How long until training begins: `node bench/startup.ts [--model nano] [--repeat 9] [--cold]`.
// A fresh process each time: Node starts, the graph is built, differentiated and loaded, one step is taken. Compiled code is
// kept between them, as the launcher does it; with --cold it is not, as in the first start after an installation.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'nano' },
    repeat: { type: 'string', default: '9' },
    cold: { type: 'boolean', default: false },
    /** Internal: the measured process. */
    child: { type: 'boolean', default: false },
  },
});

async function child(): Promise<void> {
  const { createEngine } = await import('../src/runtime/engine.ts');
  const { openSession } = await import('../src/runtime/session.ts');
  const { modelPreset } = await import('../src/model/presets.ts');
  const { resolveHyper } = await import('../src/optim/registry.ts');
  const loaded = performance.now();
  const model = modelPreset(flags.model);
  const optimizer = { name: 'adam', hyper: resolveHyper('adam') };
  const engine = await createEngine({ model, optimizer, microBatch: 1, threads: 1 }, openSession);
  engine.initialize(1);
  const ready = performance.now();
  await engine.gradient(new Int32Array(model.seqLen + 1), 1);
  engine.update({ lr: 1e-3, step: 0, clip: 1 });
  // performance.now() counts from the start of the process.
  console.log(
    JSON.stringify({
      'modules loaded': loaded,
      'engine initialized': ready,
      'first step taken': performance.now(),
      'processor time': process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
    }),
  );
}

async function parent(): Promise<void> {
  // Loaded here only: a training process does without it.
  const { machine, versions } = await import('./machine.ts');
  const times: Record<string, number[]> = {};
  const code = mkdtempSync(join(tmpdir(), 'gaplab-startup-'));
  for (let i = flags.cold ? 0 : -1; i < Number(flags.repeat); i++) {
    const started = performance.now();
    const { stdout, stderr } = spawnSync(process.execPath, [...process.argv.slice(1), '--child'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_COMPILE_CACHE: flags.cold ? '' : code },
    });
    if (!stdout) throw new Error(stderr);
    if (i < 0) continue; // filled the cache
    const all = { ...JSON.parse(stdout), 'process over': performance.now() - started };
    for (const [name, ms] of Object.entries<number>(all)) (times[name] ??= []).push(ms);
  }
  rmSync(code, { recursive: true, force: true });
  console.log(
    `${machine()}; ${versions()}\nStart of ${flags.model}, milliseconds: median (min .. max) of ${flags.repeat} processes`,
  );
  for (const [name, list] of Object.entries(times)) {
    const sorted = list.toSorted((a, b) => a - b);
    const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)!].map((x) =>
      x.toFixed(0),
    );
    console.log(`${name.padEnd(20)}${middle.padStart(6)} (${least} .. ${most})`);
  }
}

if (flags.child) await child();
else await parent();
