// Texts of a run by the beginning that they follow, in the order of steps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunView } from '../../../src/server/wire.ts';
import { samplesOf } from './samples-of.ts';

type Probe = RunView['probes'][number];

const line = (step: number, probe: string, samples: object[]) =>
  ({ step, tokens: 64 * step, probe, tables: { samples } }) as unknown as Probe;

test('each beginning has what was written after it, and other probes write nothing', () => {
  const sample = (prompt: string, text: string) => ({ sample: 1, prompt, text });
  const all = samplesOf([
    line(20, 'text', [sample('The', ' nation'), sample('We', ' must')]),
    line(10, 'text', [sample('The', ' xq')]),
    line(10, 'other', [sample('The', ' none')]),
    line(30, 'text', []),
  ]);
  assert.deepEqual(
    [...all],
    [
      [
        'The',
        [
          { step: 10, tokens: 640, text: ' xq' },
          { step: 20, tokens: 1280, text: ' nation' },
        ],
      ],
      ['We', [{ step: 20, tokens: 1280, text: ' must' }]],
    ],
  );
});
