// Adam's learning rate at another batch size and training length, by the recipe that Marin uses for AdamH.
import { count, short } from '../../report/format.ts';
import { accepted, type Fact, type Given, isNear, nearestCell, refused, whatLr } from '../given.ts';

/** The model of the fit. */
const REFERENCE = 1.3e8;

export function longerRun(given: Given, batchSize: number): Fact[] {
  const { study, tokens, parameters } = given;
  const nearest = nearestCell(given, 'adam', batchSize, 'elsewhere');
  if (!study || !nearest || tokens === undefined || tokens === nearest.tokens) return [];
  const { lr, hyper } = nearest.best!;
  const [k, longer] = [batchSize / nearest.batchSize, tokens / nearest.tokens];
  const base = {
    what: whatLr('adam'),
    origin: 'published rule' as const,
    source: `lr ~ sqrt(batch size) / tokens^0.3 from ${short(lr)} at ${nearest.batchSize} and ${count(nearest.tokens)} tokens in ${study.name} (Marin, completed_adamh.py)`,
    range: 'AdamH, a relative of Adam; models within a factor of three of 130 million parameters',
  };
  const value = (lr * Math.sqrt(k)) / longer ** 0.3;
  if (!isNear(parameters, REFERENCE))
    return [refused(base, `the model has ${count(parameters)} parameters`, value)];
  if (study.parameters !== null && study.parameters !== parameters)
    return [refused(base, `the model of ${study.name} is another`, value)];
  const eps =
    hyper.eps === undefined
      ? ''
      : `, with eps ${short(hyper.eps * Math.sqrt(longer / k))} (it was ${short(hyper.eps)})`;
  return [accepted({ ...base, value, text: `${short(value)}${eps}` })];
}
