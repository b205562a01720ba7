// `node scripts/playground.ts [FOLDER]`: measures the learning rates of the playground
// by a study of exactly its model, data and runs, and writes what came of it to web/src/play/basins.json. The
// study is kept in FOLDER (studies/playground); called again, it goes on.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Best } from '../src/analysis/frontier.ts';
import { loadStudyDir } from '../src/report/load.ts';
import { runStudy } from '../src/report/run-study.ts';
import { summarizeStudy } from '../src/report/summary.ts';
import type { StudyInput } from '../src/study/schema.ts';
import { writeAddresses } from '../web/shard.ts';
import type { Basins } from '../web/src/play/basins.ts';
import { arms, batchSizes, clip, equal, evalTokens, model, schedule, stepsOf } from '../web/src/play/race.ts';

const root = resolve(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? 'studies/playground');
const addresses = join(out, 'addresses');

const { vocabSize, layers } = model;
const study: StudyInput = {
  name: 'playground',
  title: 'Learning rates of the playground',
  model: { preset: 'tiny', layers, vocabSize },
  data: { corpus: addresses, vocabSize },
  tokens: equal.tokens,
  steps: equal.steps,
  batchSizes: [...batchSizes],
  optimizers: Object.fromEntries(Object.entries(arms).map(([name, { hyper, lr }]) => [name, { hyper, lr }])),
  schedule,
  clip,
  eval: { tokens: evalTokens },
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
  madeBy: 'node scripts/playground.ts',
  date: loaded.finishedAt!.slice(0, 10),
  fingerprint: loaded.study.data!.fingerprint,
  seeds: { tune: loaded.study.seeds.tune, fresh: loaded.study.seeds.fresh },
  basins: cells.map(({ optimizer, batchSize, tokens, best }) => {
    const given = tokens === stepsOf('steps', batchSize) * batchSize * model.seqLen ? 'steps' : 'tokens';
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
writeFileSync(join(root, 'web/src/play/basins.json'), `${JSON.stringify(basins, null, 1)}\n`);
