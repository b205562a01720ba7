// `gaplab data prepare` and `gaplab data inspect`: corpora into token shards, and a look at them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { visible } from '../core/shown.ts';
import type { DataReport, ImageReport, PreparedData } from '../data/index.ts';
import { action, type Context, command, examples, integer } from './common.ts';
import { type ReadingOptions, readingFlags, readingOptions } from './reading-flags.ts';

interface Options extends ReadingOptions {
  vocabSize?: number;
  tokenizer?: string;
  cache?: string;
}

const corpusHelp =
  "'sotu' (State of the Union addresses, the default), 'mnist' (images of digits), or a file or folder of text, JSON lines or Parquet, compressed or not";

export function register(program: Command): void {
  const data = program.command('data').description('Turn text into token shards, and look at them.');
  examples(data, [
    ['gaplab data prepare my.txt', 'your own text, once and for all'],
    ['gaplab data inspect my.txt', 'what a model will see of it'],
  ]);

  const prepare = command(data, 'prepare', 'Tokenize a corpus into the cache, if it is not there already.');
  dataOptions(prepare.argument('[corpus]', corpusHelp, 'sotu'));
  examples(prepare, [
    ['gaplab data prepare', 'the default corpus with a vocabulary of 2048'],
    ['gaplab data prepare my.txt --vocab-size 4096', 'your own text; a folder of texts works the same'],
    ['gaplab data prepare texts/ --tokenizer tokenizer.json', 'with the vocabulary of GPT-2, GPT-NeoX, ...'],
    ['gaplab data prepare dump/ --text-column body --deduplicate', 'Parquet or JSON lines, each text once'],
  ]);
  prepare.action(
    action(async (ctx, corpus: string, options: Options) => {
      const prepared = await prepareWithProgress(ctx, corpus, options);
      const { tokenizer: _, close: __, train, validation, ...facts } = prepared;
      ctx.out(summary(prepared));
      ctx.result(
        prepared.images
          ? facts
          : { ...facts, trainTokens: train.length, validationTokens: validation.length },
      );
      prepared.close();
    }),
  );

  const inspect = command(
    data,
    'inspect',
    'Show documents, tokens, split and samples of a corpus (prepared first if need be).',
  );
  dataOptions(inspect.argument('[corpus]', `${corpusHelp}; or a folder of prepared data`, 'sotu'));
  examples(inspect, [
    ['gaplab data inspect', 'the default corpus'],
    ['gaplab data inspect my.txt --json', 'the same facts about your text, for programs'],
  ]);
  inspect.action(
    action(async (ctx, corpus: string, options: Options) => {
      const { builtinCorpora, inspectData, inspectImages, openFolder, sourceText } = await import(
        '../data/index.ts'
      );
      const isReady =
        !builtinCorpora.includes(corpus) &&
        ['manifest.json', 'train.bin'].every((name) => existsSync(join(corpus, name)));
      const prepared = isReady ? await openFolder(corpus) : await prepareWithProgress(ctx, corpus, options);
      if (isReady) for (const line of sourceText(prepared)) ctx.progress.line(`gaplab: ${line}`);
      ctx.out(summary(prepared));
      if (prepared.images) {
        const report = inspectImages(prepared);
        ctx.out(imageDetails(report));
        ctx.result(report);
      } else {
        const report = inspectData(prepared);
        ctx.out(details(report));
        ctx.result(report);
      }
      prepared.close();
    }),
  );
}

function dataOptions(target: Command): void {
  readingFlags(target)
    .option('--vocab-size <n>', 'entries of the tokenizer trained on the corpus (default: 2048)', integer(1))
    .option(
      '--tokenizer <file>',
      'a Hugging Face tokenizer.json (byte-level BPE) to use in place of a trained one',
    )
    .option('--cache <dir>', 'where prepared data is kept (default: $GAPLAB_CACHE or ~/.cache/gaplab)');
}

async function prepareWithProgress(ctx: Context, corpus: string, options: Options): Promise<PreparedData> {
  const { prepareData } = await import('../data/index.ts');
  if (options.tokenizer !== undefined && options.vocabSize !== undefined) {
    throw new UserError(
      '--vocab-size and --tokenizer exclude each other: a given tokenizer has its own size',
    );
  }
  const titles = { read: 'reading', tokenizer: 'learning the tokenizer', encode: 'encoding' };
  const bars = new Map<string, ReturnType<typeof ctx.progress.bar>>();
  const prepared = await prepareData({
    corpus,
    vocabSize: options.vocabSize,
    tokenizer: options.tokenizer,
    ...readingOptions(options),
    cacheDir: options.cache,
    signal: ctx.signal,
    onWarning: (message) => ctx.progress.line(`gaplab: ${message}`),
    onProgress({ phase, done, total }) {
      let bar = bars.get(phase);
      if (bar === undefined) {
        for (const before of bars.values()) before.done();
        bar = ctx.progress.bar(titles[phase], megabytes(total), { unit: 'MB', detail: true });
        bars.set(phase, bar);
      }
      bar.update(megabytes(done));
    },
  });
  for (const bar of bars.values()) bar.done();
  return prepared;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e4) / 100;
const count = (n: number) => n.toLocaleString('en-US');

function summary(d: PreparedData): string {
  const name = `corpus       ${visible(d.corpus)}`;
  const place = [`fingerprint  ${d.fingerprint}`, `kept in      ${d.dir}`];
  if (d.images)
    return [
      name,
      `train        ${count(d.documents.train).padStart(9)} images of ${d.images.side} x ${d.images.side} pixels`,
      `validation   ${count(d.documents.validation).padStart(9)} images`,
      `classes      ${count(d.vocabSize).padStart(9)}`,
      ...place,
    ].join('\n');
  const split = (name: 'train' | 'validation', bytes: number) =>
    `${name.padEnd(12)} ${count(d.documents[name]).padStart(9)} documents ${count(bytes).padStart(15)} bytes ${count(d[name].length).padStart(14)} tokens`;
  return [
    name,
    split('train', d.trainBytes),
    split('validation', d.validationBytes),
    `vocabulary   ${count(d.vocabSize)} tokens, ${d.bytesPerToken.toFixed(2)} bytes per token (validation)`,
    ...leftOut(d),
    ...place,
  ].join('\n');
}

/** What of the corpus is not in the shards, or is there twice; the lines on stderr say more. */
function leftOut({ source: { notRead, blank, duplicates } }: PreparedData): string[] {
  const files = notRead.reduce((sum, entry) => sum + entry.files, 0);
  const bytes = notRead.reduce((sum, entry) => sum + entry.bytes, 0);
  const { kept, leftOut: left, heldOut } = duplicates;
  const row = (title: string, n: number, text: string) =>
    n > 0 ? [`${title.padEnd(12)} ${count(n).padStart(9)} ${text}`] : [];
  return [
    ...row('not read', files, `files ${count(bytes).padStart(19)} bytes`),
    ...row('without text', blank, 'lines or rows'),
    ...row('left out', left, 'documents that stood there before'),
    ...row('repeated', kept, `documents, ${count(heldOut)} of validation are in train, too`),
  ];
}

function imageDetails({ train, validation, sample }: ImageReport): string {
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(12)} ${cells.map((cell) => String(cell).padStart(5)).join('')}`;
  return [
    '',
    row('class', [...train.keys()]),
    row('train', train),
    row('validation', validation),
    '',
    `validation split begins (class ${sample.label})`,
    sample.text.replace(/^/gm, '  '),
  ].join('\n');
}

function details(report: DataReport): string {
  const total = report.train.tokens;
  // Quoted as JSON: spaces and line ends show.
  const top = report.topTokens.map(
    ({ id, text, count: n }) =>
      `  ${String(id).padStart(6)}  ${visible(JSON.stringify(text)).padEnd(18)} ${count(n).padStart(12)}  ${((100 * n) / total).toFixed(2).padStart(5)}%`,
  );
  const indent = (text: string) =>
    text
      .split('\n')
      .map((line) => `  ${visible(line)}`)
      .join('\n');
  return [
    '',
    `held out: ${report.heldOut.map(visible).join(', ')}${report.heldOut.length < report.validation.documents ? ', ...' : ''}`,
    '',
    `most frequent tokens (${count(report.usedTokens)} of ${count(report.vocabSize)} occur in the training split)`,
    ...top,
    '',
    'training split begins',
    indent(report.samples.train),
    '',
    'validation split begins',
    indent(report.samples.validation),
  ].join('\n');
}
