// Stands in for gaplab's command line under the server's tests: `study SOURCE --out
// DIR ...` and `worker --study DIR ...` with made-up training. What it was asked is kept in DIR/asked.txt.
// Its report takes REPORT_MS milliseconds, and its end ENDING_MS after it has let go of the study.
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attendStudy } from '../study/attend.ts';
import { executeStudy } from '../study/run.ts';

const trainer = new URL('../study/fake-trainer.testing.ts', import.meta.url).href;
const facts = {
  ...{ corpus: 'sotu', fingerprint: 'ab', vocabSize: 2048 },
  ...{ train: { length: 1e6 }, validation: { length: 1e5 } },
};
const [command, ...args] = process.argv.slice(2);
const given = (flag: string) => args[args.indexOf(flag) + 1];
const all = (flag: string) => args.flatMap((arg, i) => (arg === flag ? [args[i + 1]] : []));
const stopper = new AbortController();
process.on('SIGINT', () => stopper.abort());
const conclude = () => sleep(Number(process.env.REPORT_MS ?? 0));
const common = { jobs: 1, trainer, signal: stopper.signal, conclude };

try {
  if (command === 'study') {
    const out = given('--out');
    mkdirSync(out, { recursive: true });
    appendFileSync(join(out, 'asked.txt'), `${process.argv.slice(2).join(' ')}\n`);
    await executeStudy({ study: args[0], out, set: all('--set'), ...common, prepare: async () => facts });
  } else {
    const dir = given('--study');
    appendFileSync(join(dir, 'asked.txt'), `${process.argv.slice(2).join(' ')}\n`);
    await attendStudy({ dir, ...common, checkData: async () => {} });
  }
} catch (error) {
  process.stderr.write(`gaplab: ${(error as Error).message}\n`);
  process.exitCode = stopper.signal.aborted ? 130 : 2;
}
await sleep(Number(process.env.ENDING_MS ?? 0));
