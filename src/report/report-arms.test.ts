// Reports of one, two and more arms, tuned or not, on one budget or several.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { reportPage } from './page.ts';
import { page, readPage } from './readable.testing.ts';
import { loadedStudy, reportedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

test('a study that tunes nothing does not speak of tuned optimizers', () => {
  const { optimizers } = reportedStudy();
  const fixed = (values: number[]) =>
    Object.fromEntries(
      Object.entries(optimizers).map(([label, arm]) => [
        label,
        { ...arm, axes: {}, lr: { kind: 'grid' as const, values } },
      ]),
    );
  const answerOf = (values: number[]) =>
    summarizeStudy(loadedStudy(undefined, { optimizers: fixed(values) })).answer.join(' ');
  assert.match(answerOf([0.01]), /^Nothing is tuned in this study/);
  assert.doesNotMatch(answerOf([0.01, 0.02]), /Nothing is tuned/);
});

test('one optimizer alone, and several challengers, have their reports too', () => {
  const alone = reportedStudy();
  delete alone.optimizers.sgd;
  const only = syntheticRows().filter((row) => row.optimizer === 'adam');
  const text = page(loadedStudy(only, { optimizers: alone.optimizers, baseline: null, challenger: null }));
  assert.match(text, /has one optimizer/);
  assert.doesNotMatch(text, /Tests of the gap/);
});

/** Adam, SGD and Lion; `shift`: what Lion's losses are above SGD's. */
function threeArms(shift: number) {
  const lion = syntheticRows()
    .filter((row) => row.optimizer === 'sgd')
    .map((row) => ({
      ...row,
      optimizer: 'lion',
      runId: `lion-${row.runId}`,
      valLoss: row.valLoss === null ? null : row.valLoss + shift + 0.001 * row.seed,
    }));
  const { optimizers } = reportedStudy();
  return loadedStudy([...syntheticRows(), ...lion], {
    optimizers: { ...optimizers, lion: optimizers.sgd },
  });
}

test('of three arms the answer ranks every one, with intervals, and says which the seeds cannot tell apart', () => {
  const loaded = threeArms(0.5);
  const summary = summarizeStudy(loaded);
  const loss = (optimizer: string, batchSize: number) =>
    summary.cells.find((cell) => cell.optimizer === optimizer && cell.batchSize === batchSize)!.best!
      .valLossMean;
  const behind = (optimizer: string) => (loss(optimizer, 256) - loss('adam', 256)).toFixed(3);
  assert.match(summary.question, /^Which of Adam, SGD and Lion reaches the lowest loss at each batch size/);
  assert.match(summary.answer[0], /^The lowest mean loss by batch size: .*Adam at .*256\.$/);
  const last = summary.answer.find((sentence) => sentence.startsWith('At batch size 256'))!;
  assert.ok(
    last.startsWith(
      `At batch size 256 Adam has the lowest mean loss, ${loss('adam', 256).toFixed(3)} nats per token.`,
    ),
  );
  assert.match(
    last,
    new RegExp(
      `Behind it, with 95% intervals: SGD by ${behind('sgd')} \\(0\\.\\d+ to 0\\.\\d+\\) and Lion by ${behind('lion')} \\(`,
    ),
  );
  const level = summarizeStudy(threeArms(-0.001)).answer.join(' ');
  assert.match(
    level,
    /At batch size 1 these seeds cannot tell (SGD|Lion) from (SGD|Lion): the interval includes zero\./,
  );
});

test('three arms: captions name them all, the table has a heading for each gap, and nothing was written beforehand', () => {
  const loaded = threeArms(0.5);
  const summary = summarizeStudy(loaded);
  assert.equal(summary.gaps.length, 10);
  assert.equal(summary.gaps[0].challenger, 'sgd');
  const text = readPage(reportPage(loaded, summary));
  assert.match(text, /The gap to Adam/);
  assert.match(
    text,
    /Validation loss of tuned SGD and Lion, each minus that of tuned Adam: above zero Adam is better\. Points are means over 3 seeds\. The band is the 95% interval/,
  );
  assert.match(text, /Validation loss of Adam, SGD and Lion at the best settings found/);
  assert.match(text, /SGD − Adam ?1.*Lion − Adam ?1/);
  assert.match(text, /gaplab tests these statements on every study that compares two optimizers\./);
  assert.doesNotMatch(text, /written down before/);
});
