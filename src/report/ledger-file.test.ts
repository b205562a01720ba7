// The ledger in a file: verdicts outlive the runs that they were made from.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST } from '../files/manifest.ts';
import type { ModelConfig } from '../model/config.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import { writeFindings } from './findings-page.ts';
import { readLedger } from './ledger.ts';
import { readLedgerFile, writeLedgerFile } from './ledger-file.ts';
import { writeLedgerPage } from './ledger-page.ts';
import { reportedStudy, writeStudyDir } from './study-dir.testing.ts';

/** A study in which SGD is `gap` nats behind Adam, at the largest batch size twice as much. */
function write(root: string, name: string, gap: number, change: Partial<FrozenStudy> = {}, without?: number) {
  const dir = join(root, name);
  mkdirSync(dir, { recursive: true });
  const { sgd, adam } = reportedStudy().optimizers;
  const optimizers = Object.fromEntries(
    Object.entries({ sgd, adam }).map(([label, arm]) => [label, { ...arm, lr: { ...arm.lr, carry: 0 } }]),
  ) as FrozenStudy['optimizers'];
  const study = reportedStudy({ name, batchSizes: [1, 4, 16], optimizers, ...change });
  writeStudyDir(dir, study, ({ point }: RunRequest) => {
    if (point.seed === without) return 'missing';
    const { lr } = study.optimizers[point.optimizer];
    const octaves = Math.log2(point.lr / ('guess' in lr ? lr.guess : 1));
    const behind = point.optimizer === 'sgd' ? gap * (point.batchSize === 16 ? 2 : 1) : 0;
    const noise = point.seed * (point.optimizer === 'sgd' ? 0.002 : 0.001);
    return { valLoss: 4 + behind + 0.1 * octaves ** 2 + noise };
  });
  return dir;
}
const ofGap = (size: string) => ({ experiment: 'gap-batch', size });

test('the document of a ledger whose studies are gone is the one that was written with them', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-kept-'));
  const [file, page, findings] = ['ledger.json', 'results.md', 'findings.md'].map((name) => join(root, name));
  const dirs = [
    write(root, 'gap-batch', 0.3, ofGap('mini')),
    write(root, 'map', 0.3, { experiment: 'map', size: 'long', tokens: [65536, 131072] }),
  ];
  const first = readLedger(dirs, []);
  const figures = writeLedgerPage(page, first);
  const { parts } = writeFindings(findings, first);
  writeLedgerFile(file, first, parts);
  const texts = [page, findings, file].map((path) => readFileSync(path, 'utf8'));
  for (const dir of dirs) rmSync(dir, { recursive: true });

  const kept = readLedgerFile(file);
  const second = readLedger([], kept.sections);
  assert.deepEqual(
    second.sections.map(({ claims }) => claims.map(({ id, verdict }) => [id, verdict])),
    first.sections.map(({ claims }) => claims.map(({ id, verdict }) => [id, verdict])),
  );
  assert.equal(writeLedgerPage(page, second).length, 1, 'no figure is drawn again');
  const again = writeFindings(findings, second, kept.findings);
  writeLedgerFile(file, second, again.parts);
  assert.deepEqual(
    [page, findings, file].map((path) => readFileSync(path, 'utf8')),
    texts,
  );
  // A figure that is not there any more has no link.
  assert.match(texts[0], /\[figure\]\(results\/gap-batch-gap-budgets\.svg\)/);
  for (const path of figures.filter((path) => path.endsWith('gap-budgets.svg'))) rmSync(path);
  writeLedgerPage(page, second);
  assert.doesNotMatch(readFileSync(page, 'utf8'), /gap-budgets\.svg/);
});

test('a study at hand takes the place of its earlier self, and others stay', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-kept-'));
  const file = join(root, 'ledger.json');
  const mini = write(root, 'gap-batch', 0.3, ofGap('mini'));
  writeLedgerFile(file, readLedger([mini], []), []);
  const long = write(root, 'gap-batch-long', -0.3, ofGap('long'));
  const both = readLedger([long], readLedgerFile(file).sections);
  assert.deepEqual(
    both.sections.map(({ name, claims }) => [
      name,
      claims.find(({ id }) => id === 'gap-equal-tokens')?.verdict,
    ]),
    [
      ['gap-batch-long', 'refuted'],
      ['gap-batch', 'supported'],
    ],
  );
  writeLedgerPage(join(root, 'results.md'), both);
  assert.match(
    readFileSync(join(root, 'results.md'), 'utf8'),
    /more than 0\.1 nats\. mini: \*\*supported\*\*; long: \*\*refuted\*\*/,
  );
  writeLedgerFile(file, both, []);
  rmSync(mini, { recursive: true });
  write(root, 'gap-batch', -0.3, ofGap('mini'));
  const now = readLedger([mini], readLedgerFile(file).sections).sections;
  assert.deepEqual(
    now.map(({ name }) => name),
    ['gap-batch-long', 'gap-batch'],
  );
  assert.equal(now[1].claims.find(({ id }) => id === 'gap-equal-tokens')?.verdict, 'refuted');
});

test('a study with fewer runs than were kept, or two of one name, are refused', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-kept-'));
  const whole = write(root, 'gap-batch', 0.3, ofGap('mini'));
  const [kept] = readLedger([whole], []).sections;
  const part = write(join(root, 'other'), 'gap-batch', 0.3, ofGap('mini'), reportedStudy().seeds.tune + 1);
  assert.throws(() => readLedger([part], [kept]), /not finished \(\d+ runs missing\).*\(0 missing\)/);
  assert.throws(() => readLedger([whole, part], []), /two studies are called gap-batch,/);
  assert.equal(readLedger([whole, part]).sections.length, 2);
});

test('parts of the findings stay whose studies are not all at hand', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-kept-'));
  const file = join(root, 'findings.md');
  const sweep = write(root, 'signs', 0.3, { experiment: 'sign-methods', size: 'mini' });
  const map = (gap: number) =>
    write(root, 'map', gap, { experiment: 'map', size: 'long', tokens: [65536, 131072] });
  const first = writeFindings(file, readLedger([map(0.3), sweep])).parts;
  const text = (parts: typeof first, title: string) => parts.find((part) => part.title === title)!;
  assert.deepEqual(text(first, 'The order of the methods').from, ['signs']);
  rmSync(join(root, 'map'), { recursive: true });
  rmSync(sweep, { recursive: true });
  const second = writeFindings(file, readLedger([map(0.7)]), first).parts;
  assert.match(text(first, 'The map').text, /SGD minus Adam is \+0\.30/);
  assert.match(text(second, 'The map').text, /SGD minus Adam is \+0\.70/);
  assert.deepEqual(text(second, 'The order of the methods'), text(first, 'The order of the methods'));
});

test('a neighbour comes to a map and to neighbours that are not at hand any more', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-kept-'));
  const [page, file] = ['findings.md', 'ledger.json'].map((name) => join(root, name));
  const [[label, model]] = Object.entries(reportedStudy().models) as [string, ModelConfig][];
  const near = (name: string, gap: number, change: Partial<ModelConfig>) =>
    write(root, name, gap, {
      ...{ experiment: 'map', size: name, tokens: [131072], models: { [label]: { ...model, ...change } } },
    });
  const map = write(root, 'map', 0.3, { experiment: 'map', size: 'long', tokens: [65536, 131072] });
  const wide = near('wide', 0.5, { dim: 2 * model.dim, heads: 2 * model.heads });
  const first = readLedger([map, wide], []);
  writeLedgerFile(file, first, writeFindings(page, first).parts);
  rmSync(map, { recursive: true });
  rmSync(wide, { recursive: true });

  const kept = readLedgerFile(file);
  const deep = near('deep', 0.7, { layers: 2 * model.layers });
  // Its losses are per masked token: no neighbour.
  const masked = near('masked', 0.9, { objective: 'mlm' });
  const second = readLedger([deep, masked], kept.sections);
  const { parts } = writeFindings(page, second, kept.findings);
  const which = parts.find(({ title }) => title === 'Which way the map moves')!;
  assert.deepEqual(which.from.toSorted(), ['deep', 'map', 'wide']);
  const line = (words: string, gap: string) =>
    new RegExp(
      `^\\* ${words}: after 131,072 tokens \\+0\\.${gap} at batch size 1 .* at batch size 16 .*\\.$`,
      'm',
    );
  const shape = `${model.vocabSize} entries, width ${model.dim}`;
  assert.match(which.text, line(shape, '30'));
  assert.match(which.text, line(`${model.vocabSize} entries, width ${2 * model.dim}`, '50'));
  assert.match(which.text, line(`${shape}, ${2 * model.layers} layers`, '70'));
  // The part about the map alone is as it was.
  const alone = (all: typeof parts) => all.find(({ title }) => title === 'The map');
  assert.deepEqual(alone(parts), alone(kept.findings));
  const figure = readFileSync(join(root, 'findings', 'neighbours.svg'), 'utf8');
  assert.equal(figure.match(/entries, width/g)?.length, 3);
});

test('a file that is no ledger of ours is neither read nor replaced', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-kept-'));
  const file = join(root, 'ledger.json');
  const ledger = readLedger([write(root, 'gap-batch', 0.3, ofGap('mini'))], []);
  for (const foreign of ['{"mine": 1}', 'not json', '']) {
    writeFileSync(file, foreign);
    assert.throws(() => readLedgerFile(file), /is no ledger that gaplab wrote/);
    assert.throws(() => writeLedgerFile(file, ledger, []), /was not written by gaplab/);
    assert.equal(readFileSync(file, 'utf8'), foreign);
  }
  rmSync(file);
  assert.deepEqual(readLedgerFile(file), { sections: [], findings: [] });
  writeLedgerFile(file, ledger, []);
  // In a clone the list of files is not there.
  rmSync(join(root, MANIFEST));
  writeLedgerFile(file, ledger, []);
  // A claim that is not made any more is left out; a figure's name leads nowhere.
  const json = JSON.parse(readFileSync(file, 'utf8'));
  const [one] = json.studies;
  const judged = one.claims.length;
  one.claims[0].id = 'of-old';
  writeFileSync(file, JSON.stringify(json));
  assert.equal(readLedgerFile(file).sections[0].claims.length, judged - 1);
  one.figures[0].name = '../../x';
  writeFileSync(file, JSON.stringify(json));
  assert.throws(() => readLedgerFile(file), /is no ledger/);
});
