// How long the dashboard takes to open a study of 2,000 runs and 10 million metric rows,
// and to see a new result: `node bench/dashboard.ts [--rows 5000] [--keep]`. The study is made up;
// its runs share one file of metrics by links of the file system, which costs a reader the same.
import { linkSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { noChromium } from '../scripts/web-page.ts';
import { reportedStudy, writeStudyDir } from '../src/report/study-dir.testing.ts';
import { Dashboard } from '../src/server/dashboard.ts';
import { rootOf } from '../src/server/folders.ts';
import { sampleArm } from '../src/study/sample.testing.ts';
import { inPage } from './dashboard-page.ts';
import { busy, machine, versions } from './machine.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '5000' }, keep: { type: 'boolean', default: false } },
});
const load = busy();
const dir = mkdtempSync(join(tmpdir(), 'gaplab-dashboard-'));
try {
  const grid = Array.from({ length: 95 }, (_, i) => Number((1e-4 * 1.08 ** i).toPrecision(6)));
  const arm = (name: string, hyper: Record<string, number>) => ({
    ...sampleArm(name, hyper, 0.01),
    lr: { kind: 'grid' as const, values: grid },
  });
  const study = reportedStudy({
    batchSizes: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    optimizers: { adam: arm('adam', { beta1: 0.95, beta2: 0.95 }), sgd: arm('sgd', { momentum: 0.95 }) },
    seeds: { tune: 0, fresh: 5 },
  });
  const study1 = join(dir, 'large');
  writeStudyDir(study1, study, ({ point: { lr, seed } }) => ({
    valLoss: 3 + (Math.log2(lr / 0.01) / 4) ** 2 + 0.01 * seed,
  }));
  const lines = Array.from({ length: Number(values.rows) }, (_, i) =>
    JSON.stringify({
      step: i + 1,
      tokens: 64 * (i + 1),
      lr: 0.01,
      loss: 3 + 4 / (i + 1),
      gradNorm: 1,
      seconds: i / 100,
    }),
  );
  const shared = join(dir, 'metrics.jsonl');
  writeFileSync(shared, `${lines.join('\n')}\n`);
  const runs = readdirSync(join(study1, 'runs'));
  for (const run of runs) {
    const file = join(study1, 'runs', run, 'attempt-1', 'metrics.jsonl');
    rmSync(file);
    linkSync(shared, file);
  }
  // A run whose result comes later.
  const [late, aside] = [join(study1, 'runs', runs[1]), join(dir, '.late')];
  renameSync(late, aside);
  const timed = async <T>(what: string, work: () => T): Promise<Awaited<T>> => {
    const [begun, cpu] = [performance.now(), process.cpuUsage()];
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    const spent = `${Math.round((user + system) / 1000)} ms of processor time`;
    console.log(`${what}: ${Math.round(performance.now() - begun)} ms, ${spent}`);
    return result;
  };
  console.log(`${machine()}; ${versions()}`);
  if (load) console.log(`Warning: ${load}`);
  console.log(`${runs.length} runs, ${(runs.length * lines.length).toLocaleString('en-US')} rows of metrics`);
  const dashboard = new Dashboard([rootOf(dir)], 'bench');
  const { studies } = await timed('the list of studies', () => dashboard.list());
  const { id } = studies[0];
  const first = await timed('the page of the study', () => JSON.stringify(dashboard.view(id)));
  await timed('the table of runs', () => JSON.stringify(dashboard.table(id)));
  const { cursor } = await timed('the curve of a run', async () => (await dashboard.metrics(id, runs[0]))!);
  await timed('the same curve again, from where it is', () => dashboard.metrics(id, runs[0], cursor));
  await timed('a look that finds nothing new', () => dashboard.study(id));
  renameSync(aside, late);
  const second = await timed('a look that finds a new result, and the page made anew', () =>
    JSON.stringify(dashboard.view(id)),
  );
  if (first === second) throw new Error('the new result was not seen');
  dashboard.close();
  if (!noChromium) {
    renameSync(late, aside);
    for (const { what, milliseconds } of await inPage(dir, id, () => renameSync(aside, late)))
      console.log(`in Chromium, ${what}: ${Math.round(milliseconds)} ms`);
  }
} finally {
  if (values.keep) console.log(dir);
  else rmSync(dir, { recursive: true, force: true });
}
