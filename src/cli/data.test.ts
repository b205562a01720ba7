// `gaplab data` as its users meet it: what it prints, its JSON, and its refusals.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { program } from './program.testing.ts';

const { home: temporary, gaplab: data } = program('data');
const text = join(temporary, 'my.txt');
writeFileSync(text, `${'The batch grows, and so does the gap.\n'.repeat(9)}\n`.repeat(60));

test('prepare says what there is and where; inspect shows what is in it, by corpus or by folder', () => {
  const prepared = data('prepare', text, '--vocab-size', '270');
  assert.equal(prepared.status, 0, prepared.stderr);
  assert.match(prepared.stdout, /^corpus +my\.txt\ntrain +\d+ documents .* bytes .* tokens\nvalidation /);
  const dir = /kept in +(.+)/.exec(prepared.stdout)![1];

  const inspected = data('inspect', text, '--vocab-size', '270', '--json');
  const report = JSON.parse(inspected.stdout.trimEnd().split('\n').at(-1)!);
  assert.deepEqual([report.corpus, report.vocabSize, report.dir], ['my.txt', 270, dir]);
  assert.equal(report.train.bytes + report.validation.bytes, 20580);
  assert.ok(report.samples.train.startsWith('The batch grows'));
  const total = report.topTokens.reduce((sum: number, t: { count: number }) => sum + t.count, 0);
  assert.ok(report.usedTokens <= 270 && total <= report.train.tokens && total > report.train.tokens / 3);
  assert.equal(report.heldOut.length, Math.min(20, report.validation.documents));

  const again = data('inspect', dir);
  assert.equal(again.status, 0);
  assert.ok(
    again.stdout.startsWith(prepared.stdout.trimEnd()) && again.stdout.includes('most frequent tokens'),
  );
});

test('what is not read, and what stands in both splits, is told each time', () => {
  const folder = join(temporary, 'mixed');
  mkdirSync(join(folder, 'more'), { recursive: true });
  for (let i = 0; i < 20; i++) {
    const story = `Story ${i} tells of ${'a batch and '.repeat(i + 9)}its gap.\n`.repeat(4);
    writeFileSync(join(folder, `${i}.txt`), story);
    writeFileSync(join(folder, 'more', `${i}.md`), `  ${story.replaceAll(' ', '  ')}`);
  }
  writeFileSync(join(folder, 'table\x1b.csv'), 'a,b\n');
  const args = ['prepare', folder, '--vocab-size', '270'];
  for (const round of ['first', 'from the cache']) {
    const { stdout, stderr, status } = data(...args);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^gaplab: corpus mixed: not read: ending \.csv \(1 file, 4 bytes: table\\x1b\.csv\)$/m,
      round,
    );
    assert.match(
      stderr,
      /^gaplab: corpus mixed: 2 of 2 documents held out .* \(100% of its bytes\) .*--deduplicate/m,
    );
    assert.match(stdout, /^not read +1 files +4 bytes$/m);
    assert.match(stdout, /^repeated +20 documents, 2 of validation are in train, too$/m);
  }
  const report = JSON.parse(data('inspect', folder, '--vocab-size', '270', '--deduplicate', '--json').stdout);
  assert.deepEqual(report.source.duplicates, { leftOut: 20, kept: 0, heldOut: 0, heldOutBytes: 0 });
  assert.deepEqual(
    [report.source.notRead.length, report.train.documents + report.validation.documents],
    [1, 20],
  );
});

test('images: counts, classes and one of them', () => {
  const { status, stdout, stderr } = data('inspect', 'mnist');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^corpus +mnist\ntrain +60,000 images of 28 x 28 pixels\nvalidation +10,000 images\n/);
  assert.match(stdout, /^train +5923 6742 /m);
  assert.match(stdout, /begins \(class 7\)\n[ .:=+*#%@\n-]+$/);
  const report = JSON.parse(data('prepare', 'mnist', '--json').stdout.trimEnd());
  assert.deepEqual([report.images, report.vocabSize], [{ side: 28 }, 10]);
  assert.match(data('prepare', 'mnist', '--vocab-size', '300').stderr, /^gaplab: corpus mnist holds images/);
});

test('refusals are one line and code 2', () => {
  for (const [args, message] of [
    [
      ['prepare', join(temporary, 'missing')],
      /^gaplab: cannot read the corpus .*missing: no such file or folder/,
    ],
    [
      ['prepare', text, '--vocab-size', '9000'],
      /^gaplab: the training text allows a vocabulary of at most \d+ tokens, not 9000/,
    ],
    [
      ['prepare', text, '--vocab-size', '300', '--tokenizer', 'x.json'],
      /^gaplab: --vocab-size and --tokenizer exclude each other/,
    ],
    [['prepare', text, '--tokenizer', text], /^gaplab: .*my\.txt: not a tokenizer\.json/],
    [['inspect', process.execPath], /^gaplab: .* is a program, which is not read: a corpus is text/],
  ] as [string[], RegExp][]) {
    const { status, stdout, stderr } = data(...args);
    assert.deepEqual([status, stdout, stderr.trimEnd().split('\n').length], [2, '', 1], stderr);
    assert.match(stderr, message);
  }
});

test('help has examples', () => {
  for (const name of ['prepare', 'inspect'])
    assert.match(data(name, '--help').stdout, /\[corpus\]\n(?:.*\n)*Examples:\n {2}gaplab data/);
});
