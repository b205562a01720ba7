// A run does not go on after lines that were changed since its checkpoint, and what
// it finds is left as it is.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CheckpointError } from '../core/errors.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';
import { train } from './train.ts';

const data = syntheticData();
const root = scratch();

for (const [what, change] of [
  ['a number is another one', (text: string) => text.replace('"step":2,', '"step":2,"lr":0,')],
  ['a line in the middle cannot be read', (text: string) => text.replace('{"step":5,', '{"step":5;')],
  ['a line is gone', (text: string) => text.slice(text.indexOf('\n') + 1)],
] as const)
  test(`metrics before the checkpoint were changed: ${what}`, async () => {
    const attemptDir = mkdtempSync(join(root, 'attempt-'));
    const config = tinyRun({ steps: 10 });
    await train(config, { data, attemptDir });
    const file = join(attemptDir, 'metrics.jsonl');
    const text = readFileSync(file, 'utf8');
    // Lines after the checkpoint are nobody's business.
    writeFileSync(file, `${text}{"step":11}\n`);
    await train(config, { data, attemptDir });
    assert.equal(readFileSync(file, 'utf8'), text);
    const changed = change(text);
    assert.notEqual(changed, text);
    writeFileSync(file, changed);
    await assert.rejects(
      train(config, { data, attemptDir }),
      (error) => error instanceof CheckpointError && /metrics\.jsonl is not what it was/.test(error.message),
    );
    assert.equal(readFileSync(file, 'utf8'), changed, 'nothing is lost');
  });
