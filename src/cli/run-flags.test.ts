import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { prepareData } from '../data/index.ts';
import { runConfig } from '../train/config.ts';
import type { Context } from './common.ts';
import { addRunFlags, type RunFlags, runFromFlags } from './run-flags.ts';

const temporary = mkdtempSync(join(tmpdir(), 'gaplab-flags-'));
after(() => rmSync(temporary, { recursive: true }));
process.env.GAPLAB_CACHE = join(temporary, 'cache');

// 60 documents of 300 words: prepared in a moment.
const corpus = join(temporary, 'corpus.txt');
const words = ['state', 'union', 'congress', 'people', 'peace', 'and', 'the', 'of', 'treasury', 'war'];
const line = (n: number) =>
  Array.from({ length: 300 }, (_, i) => words[(i * i + n * i + n) % words.length]).join(' ');
writeFileSync(corpus, Array.from({ length: 60 }, (_, n) => line(n)).join('\n\n'));

const ctx: Context = {
  signal: new AbortController().signal,
  json: false,
  out() {},
  styled() {},
  result() {},
  progress: { bar: () => ({ update() {}, done() {} }), line() {}, styled() {}, stop() {} },
};

/** The run of these flags, on a small corpus unless they name another. */
async function run(...args: string[]) {
  const command = addRunFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr() {} });
  command.parse(['--corpus', corpus, ...args], { from: 'user' });
  const { config, data } = await runFromFlags(ctx, command.opts<RunFlags>());
  data.close();
  runConfig.parse(config);
  return config;
}

test('defaults: Adam at its first guess on nano, clipped', async () => {
  const config = await run('--vocab-size', '280');
  assert.deepEqual([config.optimizer.name, config.lr, config.clip, config.seed], ['adam', 0.003, 1, 1]);
  assert.deepEqual([config.batchSize, config.steps], [16, Math.floor(400000 / (16 * 64))]);
  assert.deepEqual([config.model.dim, config.model.vocabSize], [64, 280]);
});

test('every flag arrives in the config', async () => {
  const hyper = ['--hyper', 'momentum=.9', '--hyper', 'nesterov=1'];
  const shape = ['--model', 'tiny', '--set', 'layers=3', '--set', 'vocabSize=300'];
  const schedule = ['--schedule', 'wsd', '--warmup', '.2', '--final', '0'];
  const size = [
    '--batch-size',
    '6',
    '--micro-batch',
    '3',
    '--steps',
    '7',
    '--seed',
    '5',
    '--eval-tokens',
    '64',
  ];
  const config = await run(
    '--optimizer',
    'sgd',
    '--lr',
    '.5',
    '--clip',
    'none',
    ...hyper,
    ...shape,
    ...schedule,
    ...size,
  );
  assert.deepEqual(config.optimizer, {
    name: 'sgd',
    hyper: { momentum: 0.9, dampening: 0, nesterov: 1, weightDecay: 0 },
  });
  assert.deepEqual([config.lr, config.clip], [0.5, null]);
  assert.deepEqual([config.model.layers, config.model.dim, config.model.vocabSize], [3, 32, 300]);
  assert.deepEqual(config.schedule, { name: 'wsd', warmup: 0.2, final: 0 });
  assert.deepEqual([config.batchSize, config.microBatch, config.steps, config.seed], [6, 3, 7, 5]);
  assert.equal(config.eval.tokens, 64);
  assert.equal((await run('--clip', '.5', '--vocab-size', '280')).clip, 0.5);
});

test('clipping in one word, batches that grow', async () => {
  const small = ['--vocab-size', '280', '--model', 'tiny'];
  const adaptive = await run(
    ...small,
    '--optimizer',
    'sgd',
    '--clip',
    '2,adaptive=.05',
    '--hyper',
    'momentum=.9',
  );
  assert.equal(adaptive.optimizer.name, 'sgd+adaptiveClip');
  assert.deepEqual(
    [adaptive.optimizer.hyper.p, adaptive.optimizer.hyper.momentum, adaptive.clip],
    [0.05, 0.9, 2],
  );
  const grown = await run(
    ...small,
    '--batch-size',
    '8',
    '--tokens',
    '8192',
    '--grow-from',
    '2',
    '--grow-over',
    '.5',
  );
  assert.deepEqual(grown.batchSchedule, { name: 'doubling', from: 2, sequences: 128 });
  // 64 sequences in batches of 2, 64 of 4, 128 of 8.
  assert.equal(grown.steps, 32 + 16 + 16);
});

test('the model follows a given tokenizer, or is padded beyond it', async () => {
  const data = await prepareData({ corpus, vocabSize: 290 });
  const tokenizer = ['--tokenizer', data.tokenizerPath];
  data.close();
  assert.equal((await run(...tokenizer)).model.vocabSize, 290);
  assert.equal((await run(...tokenizer, '--set', 'vocabSize=320')).model.vocabSize, 320);
});

test('what is read of a corpus is said by flags', async () => {
  const other = join(temporary, 'a.jsonl');
  const texts = Array.from({ length: 60 }, (_, n) => line(n));
  writeFileSync(
    other,
    texts
      .flatMap((body) => [body, body])
      .map((body) => JSON.stringify({ body }))
      .join('\n'),
  );
  const flags = ['--corpus', other, '--vocab-size', '290', '--text-column', 'body'];
  const [twice, once] = [await run(...flags), await run(...flags, '--deduplicate')];
  assert.notEqual(twice.data.fingerprint, once.data.fingerprint);
});

test('masked tokens need one entry more than the tokenizer has', async () => {
  const masked = ['--model', 'tiny', '--set', 'objective=mlm'];
  const { model } = await run(...masked, '--vocab-size', '280');
  assert.deepEqual([model.objective, model.vocabSize], ['mlm', 281]);
  const [fitted, padded] = [['vocabSize=281'], ['vocabSize=300', '--vocab-size', '280']];
  const same = await run(...masked, '--set', ...fitted);
  assert.deepEqual(
    [same.model.vocabSize, same.data],
    [281, (await run(...masked, '--vocab-size', '280')).data],
  );
  assert.equal((await run(...masked, '--set', ...padded)).model.vocabSize, 300);
});

test('a vision Transformer on digits: classes and patches follow the images', async () => {
  const { model, data, steps } = await run('--corpus', 'mnist', '--model', 'tiny-vision', '--tokens', '4096');
  assert.deepEqual([model.vocabSize, model.seqLen, data.corpus, steps], [10, 16, 'mnist', 16]);
});

for (const [args, message] of [
  [['--set', 'objective=mml'], /^model: objective: /],
  [['--set', 'objective=mlm', '--set', 'vocabSize=280', '--vocab-size', '280'], /its tokenizer and the mask/],
  [['--model', 'tiny-vision'], /^model tiny-vision: objective classify needs images, corpus .* is text/],
  [['--corpus', 'mnist'], /^model nano: corpus mnist holds images: use a model with objective classify/],
  [['--corpus', 'mnist', '--model', 'nano-vision', '--set', 'patch=4'], /: set seqLen to 49, not 16$/],
  [['--corpus', 'mnist', '--model', 'nano-vision', '--vocab-size', '300'], /no tokenizer: leave out/],
  [['--optimizer', 'adma'], /^unknown optimizer "adma"/],
  [['--optimizer', 'adam#sdg'], /^unknown optimizer "sdg": choose one of adafactor/],
  [['--clip', 'layer=x'], /argument 'layer=x' is invalid\. --clip layer=x: give/],
  [['--model', 'nona'], /^unknown model "nona"; presets: tiny, nano/],
  [['--schedule', 'cosin'], /^unknown schedule "cosin"/],
  [['--hyper', 'beta3=.9'], /^optimizer "adam" has no hyperparameter "beta3"/],
  [['--hyper', 'beta1'], /argument 'beta1' is invalid\. Write it as name=number, e\.g\. momentum=0\.95/],
  [['--hyper', 'beta1=1'], /^beta1 of optimizer "adam" must be/],
  [['--set', 'layer=3'], /^--set: a model has no "layer"; did you mean layers\?/],
  [['--set', 'foo=3'], /^--set: a model has no "foo"; choose from vocabSize, dim/],
  [['--set', 'dim=65'], /^model: dim 65 \/ heads 4/],
  [['--set', 'dim=64.5'], /^model: dim: /],
  [['--clip', '0'], /argument '0' is invalid\. --clip 0: give a norm above 0, none, or layer=X/],
  [['--clip', 'maybe'], /argument 'maybe' is invalid/],
  [['--lr', '-1'], /argument '-1' is invalid/],
  [['--warmup', '2'], /^--warmup, --final and --grow-over are shares: at most 1/],
  [['--steps', '5', '--tokens', '5'], /^--steps and --tokens say the same thing/],
  [['--batch-size', '4', '--grow-from', '8'], /^--grow-from 8 is more than --batch-size 4/],
  [
    ['--vocab-size', '400', '--set', 'vocabSize=300'],
    /^--vocab-size 400 is more than the model's --set vocabSize=300/,
  ],
  [['--vocab-size', '300', '--tokenizer', 'x.json'], /^--vocab-size and --tokenizer exclude each other/],
  [['--tokenizer', 'x.json'], /^cannot read the tokenizer x\.json/],
  [['--corpus', join(temporary, 'nothing')], /^cannot read the corpus/],
  [['--vocab-size', '99999'], /vocabulary/],
  [
    ['--tokens', '1000', '--batch-size', '16'],
    /^one step of 16 sequences x 64 tokens is more than the budget of 1000 tokens; raise tokens/,
  ],
  [
    ['--vocab-size', '280', '--set', 'seqLen=90000', '--steps', '1'],
    /^model nano: a sequence of 90000 tokens is longer than the training split of corpus\.txt \(\d+ tokens\); lower/,
  ],
] as [string[], RegExp][])
  test(`${args.join(' ').replaceAll(temporary, '')} is refused`, async () => {
    await assert.rejects(run(...args), ({ name, message: text }: Error) => {
      assert.match(name, /^(UserError|CommanderError)$/);
      assert.match(text.replace(/^error: option '[^']*' /, ''), message);
      assert.ok(!text.includes('\n'));
      return true;
    });
  });
