// `npm run long-sizes`: the table in docs/experiments.md of what every preset's size `long` trains,
// computed from the presets and the corpora. The test beside this file holds every
// row to the rule that is written there.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { budgetsOf, tokensOf } from '../src/analysis/budgets.ts';
import { type PrepareOptions, prepareData } from '../src/data/index.ts';
import { parameterCount } from '../src/model/parameters.ts';
import { loadStudy } from '../src/study/load.ts';
import { presets } from '../src/study/presets.ts';
import { draftStudy } from '../src/study/resolve.ts';

/**
 * The rule. The last one is "about one and a half", with room for budgets that are whole numbers of steps.
 */
export const rule = { steps: 1000, tokensPerParameter: 16, passes: 1.6 };

/** The longest runs of a study at its largest batch size, and its largest model. */
export interface LongSize {
  preset: string;
  parameters: number;
  batchSize: number;
  tokens: number;
  steps: number;
  tokensPerParameter: number;
  passes: number;
}

export const page = resolve(import.meta.dirname, '../docs/experiments.md');
const [begin, end] = ['<!-- long sizes: made by `npm run long-sizes` -->', '<!-- end of long sizes -->'];

export async function longSizes(): Promise<LongSize[]> {
  const lengths = new Map<string, (seqLen: number) => number>();
  const rows: LongSize[] = [];
  for (const { name, sizes } of presets()) {
    // A study of one size is a demonstration.
    if (!sizes.includes('long')) continue;
    const draft = draftStudy(loadStudy(name, [], 'long'));
    const key = `${draft.source!.corpus} ${draft.source!.vocabSize}`;
    const length = lengths.get(key) ?? (await trainLength(draft.source!));
    lengths.set(key, length);
    const batchSize = Math.max(...draft.batchSizes);
    const models = Object.values(draft.models);
    const largest = models.reduce((a, b) => (parameterCount(b) > parameterCount(a) ? b : a));
    const tokens = Math.max(...budgetsOf(draft).map((budget) => tokensOf(budget, batchSize, largest.seqLen)));
    rows.push({
      preset: name,
      parameters: parameterCount(largest),
      batchSize,
      tokens,
      steps: Math.floor(tokens / (batchSize * largest.seqLen)),
      tokensPerParameter: tokens / parameterCount(largest),
      passes: tokens / length(largest.seqLen),
    });
  }
  return rows;
}

/**
 * Tokens of one pass over the training split, for a model of that sequence length:
 * an image has as many as patches.
 */
async function trainLength(source: PrepareOptions): Promise<(seqLen: number) => number> {
  const data = await prepareData(source);
  const { images, train, documents } = data;
  const [tokens, count] = [train.length, documents.train];
  data.close();
  return images ? (seqLen) => count * seqLen : () => tokens;
}

const number = (n: number) => n.toLocaleString('en-US');

const table = (rows: readonly LongSize[]): string =>
  [
    '| preset | parameters | largest batch | tokens | steps there | tokens a parameter | passes |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| \`${row.preset}\` | ${number(row.parameters)} | ${row.batchSize} | ${number(row.tokens)} | ${number(row.steps)} | ${row.tokensPerParameter.toFixed(1)} | ${row.passes.toFixed(2)} |`,
    ),
  ].join('\n');

/** `text` with the table between its marks. */
export function withTable(text: string, rows: readonly LongSize[]): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/experiments.md has no lines "${begin}" and "${end}"`);
  return `${text.slice(0, from + begin.length)}\n${table(rows)}\n${text.slice(to)}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), await longSizes()));
