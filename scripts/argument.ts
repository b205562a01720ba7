// `node scripts/argument.ts STUDY [FILE]`: writes what the page Argument shows
// (web/src/play/argument.json, or FILE) from the directory of a study of the map, which is only read.
// docs/playground.md has the study's command. Cells that are not finished are left out, so the
// command can be given again whenever more of them are.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CurvePoint } from '../src/analysis/rows.ts';
import { unigramLossOf } from '../src/data/unigram.ts';
import { parameterCount } from '../src/model/parameters.ts';
import { loadStudyDir } from '../src/report/load.ts';
import { summarizeStudy } from '../src/report/summary.ts';
import { isOwnModel } from '../src/store/schemas.ts';
import type { Evidence } from '../web/src/play/evidence.ts';

/** Points of a curve: a figure 400 pixels wide shows no more. */
const POINTS = 60;
const pair = ['sgd', 'adam'];

/** Means of equal parts of the run. */
function thinned(curve: readonly CurvePoint[]): [number, number][] {
  const size = Math.max(1, Math.ceil(curve.length / POINTS));
  return Array.from({ length: Math.ceil(curve.length / size) }, (_, i) => {
    const part = curve.slice(i * size, (i + 1) * size);
    const loss = part.reduce((sum, point) => sum + point.loss, 0) / part.length;
    return [part[part.length - 1].tokens, Number(loss.toFixed(4))];
  });
}

function evidenceOf(dir: string): Evidence {
  const loaded = loadStudyDir(dir);
  const { study, rows } = loaded;
  const summary = summarizeStudy(loaded);
  const [[name, model]] = Object.entries(study.models);
  if (!isOwnModel(model)) throw new Error(`${dir} is no study of a model of gaplab`);
  const cells = summary.cells.filter(
    ({ optimizer, best, model: of }) =>
      of === name && pair.includes(optimizer) && best?.fresh && best.seedsMissing.length === 0,
  );
  const gaps = summary.gaps.filter(({ missing, ci95 }) => missing.length === 0 && ci95 !== null);
  const { batchSizes } = study;
  const lengths = study.tokens.filter((tokens) =>
    [Math.min(...batchSizes), Math.max(...batchSizes)].every((size) =>
      gaps.some((gap) => gap.tokens === tokens && gap.batchSize === size),
    ),
  );
  return {
    madeBy: 'node scripts/argument.ts STUDY',
    study: study.name,
    date: loaded.finishedAt!.slice(0, 10),
    model: { name, parameters: parameterCount(model), seqLen: model.seqLen, vocabSize: model.vocabSize },
    unigram: (study.data && unigramLossOf(study.data.fingerprint)) ?? null,
    seeds: { tune: study.seeds.tune, fresh: study.seeds.fresh },
    runs: summary.runs.done,
    tokensTrained: summary.tokensTrained,
    batchSizes,
    lengths,
    cells: cells.map(({ tokens, batchSize, optimizer, best }) => ({
      ...{ tokens, batchSize, optimizer, lr: best!.lr, losses: best!.valLossSeeds },
      tried: rows
        .filter(
          (row) =>
            row.tokens === tokens &&
            row.batchSize === batchSize &&
            row.optimizer === optimizer &&
            row.model === name &&
            row.seed === study.seeds.tune &&
            row.status !== 'missing',
        )
        .map(({ lr, valLoss }) => ({ lr, loss: valLoss }))
        .sort((a, b) => a.lr - b.lr),
    })),
    gaps: gaps.map(({ tokens, batchSize, gap, ci95 }) => ({
      tokens,
      batchSize,
      gap,
      lo: ci95![0],
      hi: ci95![1],
    })),
    curves: cells
      .filter(({ tokens }) => lengths.includes(tokens))
      .map(({ tokens, batchSize, optimizer, best }) => {
        const [seed] = best!.seeds;
        const row = rows.find(
          (one) =>
            one.tokens === tokens &&
            one.batchSize === batchSize &&
            one.optimizer === optimizer &&
            one.lr === best!.lr &&
            one.seed === seed,
        );
        return { tokens, batchSize, optimizer, seed, points: thinned(row?.lossCurve ?? []) };
      }),
  };
}

const [dir, out = join(import.meta.dirname, '../web/src/play/argument.json')] = process.argv.slice(2);
if (!dir) throw new Error('usage: node scripts/argument.ts STUDY [FILE]');
const evidence = evidenceOf(resolve(dir));
writeFileSync(out, `${JSON.stringify(evidence)}\n`);
console.log(`${evidence.gaps.length} gaps, lengths ${evidence.lengths.join(', ')}`);
