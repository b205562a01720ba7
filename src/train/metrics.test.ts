// metrics.jsonl after a kill: what is kept is what the checkpoint's run had written.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutMetrics, openMetrics } from './metrics.ts';
import { scratch } from './tiny-run.testing.ts';

const file = join(scratch(), 'metrics.jsonl');
const line = (step: number) => {
  return { step, tokens: 8 * step, lr: 0.1, loss: 1 / step, gradNorm: 2, clipShare: 0, seconds: 0.5 };
};
function write(steps: number[]): string[] {
  writeFileSync(file, '');
  const lines = openMetrics(file);
  for (const step of steps) lines.append(line(step));
  lines.close();
  return readFileSync(file, 'utf8').split(/(?<=\n)/);
}

test('lines beyond the step go, and a last line that was not written whole', () => {
  const steps = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 110 }), fc.nat(), (given, step, cut) => {
      given.sort((a, b) => a - b);
      const lines = write(given);
      const torn = lines.at(-1)!;
      const whole = lines.slice(0, -1).join('');
      // Any beginning of the last line, without its line feed.
      writeFileSync(file, whole + torn.slice(0, cut % torn.length));
      cutMetrics(file, step);
      const kept = given.slice(0, -1).filter((s) => s <= step).length;
      assert.equal(readFileSync(file, 'utf8'), lines.slice(0, kept).join(''));
    }),
  );
});

test('a whole file up to its step stays as it is', () => {
  const lines = write([1, 2, 3]);
  for (const step of [3, 4, 1000]) cutMetrics(file, step);
  assert.equal(readFileSync(file, 'utf8'), lines.join(''));
  cutMetrics(file, 0);
  assert.equal(readFileSync(file, 'utf8'), '');
});

test('everything after a line that is no JSON goes', () => {
  const lines = write([1, 2, 3]);
  for (const bad of ['{"step":2,"tok\n', 'null\n', '\0\0\0\n']) {
    writeFileSync(file, lines[0] + bad + lines[2]);
    cutMetrics(file, 10);
    assert.equal(readFileSync(file, 'utf8'), lines[0]);
  }
});

test('no file is no file', () => {
  const none = `${file}.none`;
  cutMetrics(none, 3);
  assert.ok(!existsSync(none));
});
