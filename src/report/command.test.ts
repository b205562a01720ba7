import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrozenStudy } from '../store/schemas.ts';
import { loadStudy } from '../study/load.ts';
import { draftStudy } from '../study/resolve.ts';
import { studyCommand } from './command.ts';

/** The study that `gaplab study clipping --size long` with changes makes. */
function made(...set: string[]): FrozenStudy {
  const { source, ...draft } = draftStudy(loadStudy('clipping', set, 'long'));
  const { corpus, vocabSize } = source!;
  return { ...draft, data: { corpus, vocabSize: vocabSize!, fingerprint: 'f' } } as FrozenStudy;
}

test('the command of a preset, as it is', () => {
  assert.deepEqual(studyCommand(made()), { text: 'gaplab study clipping --size long', isExact: true });
});

test('changes are told as they are typed', () => {
  for (const [set, typed = set] of [
    [['tuner=plain']],
    [['tuner.seeds=8', 'tuner.candidates=5']],
    [
      ['batchSizes=[64]', 'seeds.fresh=8'],
      ["'batchSizes=[64]'", 'seeds.fresh=8'],
    ],
    [['tokens=1024000'], ["'tokens=[1024000]'"]],
    [['optimizers.sgd.hyper.momentum=0.9']],
  ] as [string[], string[]?][])
    assert.deepEqual(studyCommand(made(...set)), {
      text: ['gaplab study clipping --size long', ...typed].join(' --set '),
      isExact: true,
    });
});

test('what no command line says is not told as if it were the whole', () => {
  const { sgd, adam } = made().optimizers;
  const fewer = { ...made(), optimizers: { sgd, adam } };
  const other = { ...made(), experiment: 'nothing-of-ours' };
  const wider = { ...made('model.dim=64') };
  assert.equal(studyCommand(fewer).isExact, false);
  assert.equal(studyCommand(other).isExact, false);
  assert.equal(studyCommand(wider).isExact, false);
  const trainer = { command: ['python', 'train.py'], cwd: '/' } as unknown as FrozenStudy['trainer'];
  assert.equal(studyCommand({ ...made(), trainer }).isExact, false);
});
