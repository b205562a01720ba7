// `node scripts/playground.ts [FOLDER] [FILE] [--small]`: measures the learning rates of the playground by a
// study of exactly its model, data and runs, and writes what came of it to web/src/play/basins.json, or
// FILE. The study is kept in FOLDER (studies/playground); called again, it goes on. `--small` is a try of
// the script itself: two optimizers at the smallest batch size, and runs of a few steps.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Best } from '../src/analysis/frontier.ts';
import { loadStudyDir } from '../src/report/load.ts';
import { runStudy } from '../src/report/run-study.ts';
import { summarizeStudy } from '../src/report/summary.ts';
import type { StudyInput } from '../src/study/schema.ts';
import { writeAddresses } from '../web/shard.ts';
import type { Basins } from '../web/src/play/basins.ts';
import { arms, batchSizes, clip, equal, evalTokens, model, schedule } from '../web/src/play/race.ts';

const usual = ['studies/playground', join(import.meta.dirname, '../web/src/play/basins.json')];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean', default: false } },
});
if (values.small && positionals.length < 2)
  throw new Error('--small asks for a FOLDER and a FILE of its own');
const [out, file] = usual.map((path, i) => resolve(positionals[i] ?? path));
const addresses = join(out, 'addresses');

const { vocabSize, layers } = model;
const scope = values.small
  ? { tokens: 2048, steps: 8, batchSizes: batchSizes.slice(0, 1), arms: ['adam', 'sgd'], evalTokens: 1024 }
  : { ...equal, batchSizes: [...batchSizes], arms: Object.keys(arms), evalTokens };
const study: StudyInput = {
  name: 'playground',
  title: 'Learning rates of the playground',
  model: { preset: 'tiny', layers, vocabSize },
  data: { corpus: addresses, vocabSize },
  tokens: scope.tokens,
  steps: scope.steps,
  batchSizes: scope.batchSizes,
  optimizers: Object.fromEntries(
    scope.arms.map((name) => [name, { hyper: arms[name].hyper, lr: arms[name].lr }]),
  ),
  schedule,
  clip,
  eval: { tokens: scope.evalTokens },
  // A neighbour more on each side, as the page draws the basin; further seeds for the best rates,
  // as near the end of what is stable one seed ends half a nat above another.
  tuner: { probe: 1, seeds: 3 },
  seeds: { tune: 1, fresh: 3 },
};

writeAddresses(addresses);
const { dir } = await runStudy({ study, out });
const loaded = loadStudyDir(dir);
const { cells } = summarizeStudy(loaded);

/** Of the fresh seeds alone: the tuning seed chose the rate, and is kind to it. */
const freshOf = ({ fresh, seeds, valLossSeeds }: Best) =>
  fresh ? { seeds, losses: valLossSeeds } : { seeds: [], losses: [] };

const basins: Basins = {
  madeBy: `node scripts/playground.ts${values.small ? ' --small' : ''}`,
  date: loaded.finishedAt!.slice(0, 10),
  fingerprint: loaded.study.data!.fingerprint,
  seeds: { tune: loaded.study.seeds.tune, fresh: loaded.study.seeds.fresh },
  basins: cells.map(({ optimizer, batchSize, tokens, best }) => {
    const given = tokens === scope.steps * batchSize * model.seqLen ? 'steps' : 'tokens';
    const rows = loaded.rows.filter(
      (row) =>
        row.optimizer === optimizer &&
        row.batchSize === batchSize &&
        row.tokens === tokens &&
        row.seed === loaded.study.seeds.tune,
    );
    return {
      ...{ optimizer, batchSize, given, lr: best!.lr, ...freshOf(best!) },
      tried: rows.map(({ lr, valLoss }) => ({ lr, loss: valLoss })).sort((a, b) => a.lr - b.lr),
    };
  }),
};
writeFileSync(file, `${JSON.stringify(basins, null, 1)}\n`);
