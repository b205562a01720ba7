// muP: rates that carry over from a narrower model of the same depth, tuned by the user.
import { short } from '../../report/format.ts';
import { accepted, type Fact, type Given, nearestCell, refused, whatLr } from '../given.ts';

export function widthTransfer(given: Given, arm: string, batchSize: number): Fact[] {
  const { study, model } = given;
  if (!study) return [];
  const nearest = nearestCell(given, arm, batchSize, 'elsewhere');
  if (!nearest) return [];
  const { lr } = nearest.best!;
  const from = study.model;
  const base = {
    what: whatLr(arm),
    origin: 'published rule' as const,
    source: `${arm === 'adam' ? 'rates of matrices ~ 1 / width' : 'rates of vectors ~ width, of matrices as they are'} from ${short(lr)} in ${study.name} (muP, arXiv 2203.03466)`,
    range:
      'the same model but for its width, batch size and budget; holds under muP’s initial weights and scales, which gaplab’s own models do not have',
  };
  if (!from || !model) return [refused(base, 'the shapes of both models are not known')];
  if (from.layers !== model.layers || from.seqLen !== model.seqLen || from.vocabSize !== model.vocabSize)
    return [refused(base, `the model of ${study.name} differs in more than its width`)];
  if (nearest.batchSize !== batchSize)
    return [refused(base, `${study.name} has no tuned rate at this batch size`)];
  const k = model.dim / from.dim;
  const value = arm === 'adam' ? lr / k : lr;
  const text =
    arm === 'adam'
      ? `${short(value)} for matrices, ${short(lr)} for vectors`
      : `${short(value)} for matrices, ${short(lr * k)} for vectors`;
  return [accepted({ ...base, value, text })];
}
