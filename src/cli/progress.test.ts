// Progress: how one line gives way on narrow terminals, how often plain lines come,
// what a terminal is left with.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { asciiStyle, type BarState, barLine, plainLine } from './bar-line.ts';
import { createProgress } from './progress.ts';

const bar: BarState = {
  name: 'study quick',
  value: 12,
  total: 40,
  unit: 'runs',
  note: 'loss 5.123',
  elapsed: 60,
  eta: 140,
  finished: false,
};

function fakeStream(columns?: number) {
  const stream = Object.assign(new PassThrough(), {
    columns,
    isTTY: columns !== undefined,
    hasColors: () => false,
  });
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

test('a bar at 80, 50 and 30 columns', () => {
  const at = (columns: number) => barLine(bar, columns, asciiStyle);
  assert.equal(at(80), 'study quick ####...........  30%  12/40 runs  ETA 2 min 20 s  loss 5.123');
  assert.equal(at(50), 'study quick ##.......  30%  ETA 2 min 20 s');
  assert.equal(at(30), 'study quick  30%  loss 5.123');
});

test('pieces of a note are shown whole or not at all', () => {
  const study = { ...bar, name: 'runs', unit: '', eta: 89, note: 'cells 3/6  126.4k tokens/s  sgd B16 4.21' };
  const at = (columns: number) => barLine(study, columns, asciiStyle, 20);
  assert.equal(
    at(120),
    'runs                 ######.................  30%  12/40  ETA 1 min 29 s  cells 3/6  126.4k tokens/s  sgd B16 4.21',
  );
  assert.equal(at(80), 'runs                 ####...........  30%  12/40  ETA 1 min 29 s  cells 3/6');
  assert.equal(at(60), 'runs                 ###........  30%  ETA 1 min 29 s');
});

test('no bar is wider than the terminal less one, whatever it says', () => {
  const state = fc.record({
    name: fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
    value: fc.nat(),
    total: fc.nat(),
    unit: fc.string({ unit: 'grapheme-ascii', maxLength: 10 }),
    note: fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
    elapsed: fc.nat(),
    eta: fc.option(fc.nat()),
    finished: fc.boolean(),
  });
  fc.assert(
    fc.property(state, fc.integer({ min: 13, max: 200 }), fc.nat(100), (one, columns, nameWidth) => {
      const line = barLine(one, columns, asciiStyle, nameWidth);
      assert.ok(line.length < columns, `${line.length} of ${columns}: ${line}`);
      assert.ok(!line.includes('\n'));
    }),
  );
});

test('plain lines say everything, and the time it took at the end', () => {
  assert.equal(plainLine(bar), 'study quick  30%  12/40 runs  ETA 2 min 20 s  loss 5.123');
  assert.equal(
    plainLine({ ...bar, value: 40, finished: true, note: '' }),
    'study quick  100%  40/40 runs  in 1 min 00 s',
  );
  const lab = { ...bar, value: 30, total: 100, unit: '%', note: '' };
  assert.equal(plainLine(lab), 'study quick  30%  ETA 2 min 20 s');
  assert.match(barLine(lab, 80), / 30% {2}ETA/);
});

test('without a terminal: rate-limited lines for the whole, none for its pieces, no control characters', async () => {
  const { stream, text } = fakeStream();
  const progress = createProgress({ stream, every: 0.05 });
  const whole = progress.bar('study', 1000, { unit: 'runs' });
  const piece = progress.bar('run', 10, { detail: true });
  const start = performance.now();
  let updates = 0;
  while (performance.now() - start < 220) {
    whole.update(++updates);
    piece.update(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  progress.line('\x1b[31mone line\x1b[0m');
  piece.done();
  whole.done('finished');
  whole.done('twice');
  const lines = text().trimEnd().split('\n');
  assert.ok(lines.length >= 3 && lines.length <= 6, `${lines.length} lines for ${updates} updates`);
  assert.match(lines.at(-1)!, /^study .* finished$/);
  assert.equal(lines.at(-2), 'one line');
  assert.ok(lines.every((line) => !line.startsWith('run') && stripVTControlCharacters(line) === line));
});

test('the time to go comes from the pace since the start, not from what an earlier attempt had done', async () => {
  const { stream, text } = fakeStream();
  const resumed = createProgress({ stream, every: 0 }).bar('run', 1000, { start: 500 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  resumed.update(600);
  // 100 of 500 in 0.3 s: 1.2 s to go; counting from 0 it would be 0.2 s.
  assert.match(text(), /ETA [12] s/);
  resumed.update(700, { eta: 3600 });
  assert.match(text(), /ETA 1 h 00 min/);
});

test('a terminal is given back: last state of the whole, pieces gone, cursor and wrapping on', async () => {
  const { stream, text } = fakeStream(60);
  const progress = createProgress({ stream });
  const whole = progress.bar('study', 4);
  const piece = progress.bar('piece', 10, { detail: true });
  piece.update(5);
  await new Promise((resolve) => setTimeout(resolve, 450));
  progress.line('a line above');
  whole.update(4);
  whole.done('all done');
  progress.stop();
  const end = text().slice(text().lastIndexOf('\x1b[?7h'));
  assert.ok(text().includes('piece') && text().includes('a line above\n'));
  assert.match(stripVTControlCharacters(end), /^study .* 100% .* all done\n$/);
  assert.ok(text().lastIndexOf('\x1b[?25h') > text().lastIndexOf('\x1b[?25l'));
});

test('on a terminal, lines stand above bars that run and below bars that are done', () => {
  const { stream, text } = fakeStream(60);
  const progress = createProgress({ stream });
  const whole = progress.bar('study', 4);
  progress.line('above');
  whole.done('all done');
  progress.line('below');
  assert.match(stripVTControlCharacters(text()), /above\n[\s\S]*all done\nbelow\n$/);
});
