// For tests: a small training script in plain Node that knows nothing of gaplab but prints its losses,
// and a study of it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudyInput } from './schema.ts';

/**
 * Its loss is a bowl around a best learning rate that depends on optimizer and batch size.
 * It saves its step in `--out`, where it goes on after a kill, and writes what it
 * was told into `calls.jsonl` there. `{...}` in its text are places for a test to break it.
 */
export const SCRIPT = `
import fs from 'node:fs';
const args = Object.fromEntries(process.argv.slice(2).map((arg) => /^--([^=]+)=(.*)$/.exec(arg).slice(1)));
const known = ['learning_rate', 'batch_size', 'max_steps', 'seed', 'opt', 'momentum', 'out', 'step_ms'];
for (const name of Object.keys(args)) if (!known.includes(name)) { console.error('unknown argument --' + name); process.exit(2); }
const lr = Number(args.learning_rate), batch = Number(args.batch_size), steps = Number(args.max_steps), seed = Number(args.seed);
const best = (args.opt === 'sgd' ? 0.5 : 0.02) * Math.sqrt(batch);
const state = args.out + '/state.json';
fs.appendFileSync(args.out + '/calls.jsonl', JSON.stringify({ args, attempt: process.env.GAPLAB_ATTEMPT }) + '\\n');
let step = fs.existsSync(state) ? JSON.parse(fs.readFileSync(state, 'utf8')).step : 0;
const save = () => { fs.writeFileSync(state + '.new', JSON.stringify({ step })); fs.renameSync(state + '.new', state); };
process.on('SIGTERM', () => { save(); process.exit(0); });
const lossAt = (step) => {
  if (lr > 40 * best) return step > 2 ? NaN : 5;
  const x = Math.log2(lr / best);
  return 5 * Math.exp(-step / steps) + 0.05 * x * x + (args.opt === 'sgd' ? 0.01 * batch : 0) + 0.01 * Math.sin(seed * 7 + step);
};
while (step < steps) {
  step++;
  const loss = lossAt(step);
  console.log('iter ' + step + ': loss ' + loss.toFixed(6));
  if (step % 5 === 0) save();
  if (Number.isNaN(loss) && step > 5) break;
  await new Promise((wake) => setTimeout(wake, Number(args.step_ms ?? 0)));
}
console.log('val loss ' + (lossAt(step) + 0.1 + 0.005 * Math.cos(seed)).toFixed(6));
`;

/** Fields of the study, and of its trainer, as people may write them. */
export type StudyChange = Omit<Partial<StudyInput>, 'trainer'> & { trainer?: object };

/** Writes `text` as train.mjs into a folder of its own, and gives a study of it there. */
export function scriptStudy(
  change: StudyChange = {},
  text: string = SCRIPT,
): { folder: string; study: StudyInput } {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-own-'));
  writeFileSync(join(folder, 'train.mjs'), text);
  const { trainer, ...rest } = change;
  const hasTrainer = !('trainer' in change) || trainer !== undefined;
  const study = {
    name: 'own',
    trainer: hasTrainer
      ? {
          command: [process.execPath, 'train.mjs', '--out=${envvar:GAPLAB_RUN_DIR}', '${args}'],
          names: { lr: 'learning_rate', batchSize: 'batch_size', steps: 'max_steps' },
          metrics: {
            stdout: ['iter (?<step>\\d+): loss (?<loss>\\S+)', 'val loss (?<valLoss>\\S+)'],
          },
          folder,
          ...trainer,
        }
      : undefined,
    steps: 20,
    batchSizes: [1, 4],
    optimizers: {
      sgd: { args: { opt: 'sgd' }, momentum: 0.9, lr: 0.5 },
      adam: { args: { opt: 'adam' }, lr: 0.02 },
    },
    seeds: 2,
    ...rest,
  } as unknown as StudyInput;
  return { folder, study };
}
