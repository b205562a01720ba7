// What a sweep costs beside training: `node bench/overhead.ts [--study smoke] [--set
// tokens=300000] [--json]`. Runs a study with one worker and a clock around the engine,
// and shows everything else as a share of the time of the steps: scheduling, start,
// evaluation, checkpoints, metrics. Shares by processor time hold on a busy machine as well.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { executeStudy } from '../src/study/run.ts';
import { busy, machine, versions } from './machine.ts';
import type { RunTimes, Spent } from './overhead-trainer.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    study: { type: 'string', default: 'smoke' },
    set: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'gaplab-overhead-'));
try {
  const file = join(folder, 'times.jsonl');
  // Workers inherit the environment.
  process.env.GAPLAB_BENCH_TIMES = file;
  const load = busy();
  // Preparing the data is done once for many studies: it is not part of a sweep.
  let begun = performance.now();
  const { ran } = await executeStudy({
    study: flags.study,
    set: flags.set,
    out: join(folder, 'study'),
    jobs: 1,
    trainer: new URL('./overhead-trainer.ts', import.meta.url).href,
    onData: () => {
      begun = performance.now();
    },
  });
  const whole = performance.now() - begun;
  const runs: RunTimes[] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sum = (of: (times: RunTimes) => Spent): Spent => ({
    clock: runs.reduce((total, times) => total + of(times).clock, 0),
    cpu: runs.reduce((total, times) => total + of(times).cpu, 0),
  });
  const steps = sum((t) => t.steps);
  const start = sum((t) => t.start);
  const evaluation = sum((t) => t.evaluation);
  const end = sum((t) => t.end);
  const total = sum((t) => t.total);
  const rest = (of: 'clock' | 'cpu') => total[of] - steps[of] - start[of] - evaluation[of] - end[of];
  const shares = {
    'metrics, sampling, checks': { clock: rest('clock'), cpu: rest('cpu') },
    'start of a run: graph, session, initial values': start,
    'evaluation at the end': evaluation,
    'last checkpoint and hash': end,
    'between runs: tuner, store, worker': { clock: whole - total.clock },
  };
  const percent = (part: number | undefined, of: number) =>
    part === undefined ? '-' : `${((100 * part) / of).toFixed(2)}%`;
  const rows = Object.entries<{ clock: number; cpu?: number }>(shares).map(([what, { clock, cpu }]) => [
    what,
    percent(clock, steps.clock),
    percent(cpu, steps.cpu),
  ]);
  rows.push([
    'all of it',
    percent(whole - steps.clock, steps.clock),
    percent(total.cpu - steps.cpu, steps.cpu),
  ]);
  if (flags.json)
    console.log(JSON.stringify({ machine: machine(), study: flags.study, runs: ran, steps, whole, shares }));
  else {
    console.log(`${machine()}; ${versions()}`);
    if (load) console.log(`Warning: ${load}`);
    const count = runs.reduce((n, t) => n + t.count, 0);
    console.log(
      `${flags.study}: ${ran} runs, ${count} steps in ${(steps.clock / 1000).toFixed(1)} s, one worker\n`,
    );
    console.log(table([['beside the steps', 'share of their time', 'of their processor time'], ...rows]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
