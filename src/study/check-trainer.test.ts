// Scripts that are broken in one way each are told apart by a check, and one that is not broken passes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTrainer } from './check-trainer.ts';
import type { Finding } from './finding.ts';
import { loadStudy } from './load.ts';
import { draftStudy, resolveScript } from './resolve.ts';
import { SCRIPT, type StudyChange, scriptStudy } from './script.testing.ts';

/** Steps long enough for a run to be ended in the middle. */
const arms = {
  sgd: { args: { opt: 'sgd', step_ms: 15 }, momentum: 0.9, lr: 0.5 },
  adam: { args: { opt: 'adam', step_ms: 15 }, lr: 0.02 },
};

async function check(text: string, change: StudyChange = {}): Promise<Finding[]> {
  const { study } = scriptStudy({ optimizers: arms, ...change }, text);
  const draft = draftStudy(loadStudy(study));
  const { findings } = await checkTrainer(resolveScript({ ...draft, trainer: draft.trainer! }), {
    steps: 12,
    signal: new AbortController().signal,
    onFinding() {},
  });
  return findings;
}

const of = (findings: Finding[], level: Finding['level']) =>
  findings.filter((one) => one.level === level).map(({ what, text }) => `${what}: ${text}`);

/** The script with momentum in its loss, so that each of its parameters does something. */
const GOOD = SCRIPT.replace(
  'const x = Math.log2(lr / best);',
  'const x = Math.log2(lr / best) + Number(args.momentum ?? 0);',
);

test('a script that is not broken passes every check', async () => {
  const findings = await check(GOOD);
  assert.deepEqual(of(findings, 'broken'), []);
  assert.deepEqual(
    findings.map(({ level, what }) => `${level} ${what}`),
    [
      'ok metric',
      'ok same seed',
      'ok other seed',
      'ok parameters',
      'ok arms',
      'ok kill -9',
      'ok SIGTERM',
      'ok divergence',
      'ok time',
    ],
  );
  const text = (what: string) => findings.find((one) => one.what === what)!.text;
  assert.equal(text('parameters'), 'lr, momentum, batchSize arrive: the loss depends on them');
  assert.match(text('kill -9'), /^killed at step \d+, it goes on from step \d+ and ends as undisturbed$/);
  assert.match(text('time'), /the study makes about \d+ runs/);
});

for (const [what, text, expected, change] of [
  [
    'ignores its learning rate',
    GOOD.replace('Number(args.learning_rate)', '0.3'),
    [/^parameters: lr changes nothing/, /^divergence: learning rate 500000 ends with a loss/],
  ],
  [
    'ignores its seed',
    GOOD.replace('Number(args.seed)', '1'),
    [/^other seed: another seed ends with the same loss: the seed does not arrive/],
  ],
  [
    'resumes from the wrong state',
    GOOD.replace('.step : 0;', '.step : 0; const lost = step;').replace(
      'lossAt(step) + 0.1',
      'lossAt(step) + lost + 0.1',
    ),
    [
      /^kill -9: killed at step \d+, it goes on from step \d+ and ends with [\d.]+, undisturbed with/,
      /^SIGTERM: asked to end/,
    ],
  ],
  [
    'hides divergence',
    GOOD.replace('NaN : 5', '4.5 : 5'),
    [/^divergence: learning rate 500000 ends with a loss of .*, as if nothing were wrong/],
  ],
  [
    'prints another metric',
    GOOD.replace("'val loss '", "'validation '"),
    [/^metric: it ended with exit code 0, but valLoss was never a number: seen were step, loss/],
  ],
  ['ends at once', 'console.error("no data"); process.exit(1);', [/^start: exit code 1: no data/]],
  [
    'does not listen to SIGTERM',
    GOOD.replace('{ save(); process.exit(0); }', '{}'),
    [
      /^SIGTERM: the script did not end within 0\.2 seconds of SIGTERM and was killed: it must end when it is asked to/,
    ],
    // What is left of it takes longer than the grace, or it would come to its own end in time.
    {
      trainer: { grace: 0.2 },
      optimizers: { sgd: { args: { opt: 'sgd', step_ms: 80 }, momentum: 0.9, lr: 0.5 } },
    },
  ],
  [
    'knows one optimizer',
    GOOD.replaceAll("args.opt === 'sgd'", 'true'),
    [/^arm adam: it ends with the loss of sgd at the same learning rate/],
    { optimizers: { sgd: { args: arms.sgd.args, lr: 0.5 }, adam: arms.adam } },
  ],
] as [string, string, RegExp[], StudyChange?][])
  test(`a script that ${what} is told`, async () => {
    const broken = of(await check(text, change), 'broken');
    assert.equal(broken.length, expected.length, broken.join('\n'));
    expected.forEach((pattern, i) => assert.match(broken[i], pattern));
  });

test('noise is measured, and does not count as a broken resume', async () => {
  const noisy = GOOD.replace('lossAt(step) + 0.1', 'lossAt(step) + 0.001 * Math.random() + 0.1');
  const findings = await check(noisy);
  assert.match(
    findings.find(({ what }) => what === 'same seed')!.text,
    /ends [\d.e-]+ away: that is the noise floor/,
  );
  assert.ok(!of(findings, 'broken').some((line) => line.startsWith('parameters: lr')));
});
