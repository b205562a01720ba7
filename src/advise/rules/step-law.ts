// Step Law, arXiv 2503.04715: Adam's learning rate and batch size from parameters without embeddings, N, and
// tokens, D.
import { count, short } from '../../report/format.ts';
import { accepted, type Fact, type Given, refused, WHAT_BATCH, whatLr } from '../given.ts';

export const stepLawRate = (n: number, d: number): number => 1.79 * n ** -0.713 * d ** 0.307;
/** Tokens of a step. */
export const stepLawBatch = (d: number): number => 0.58 * d ** 0.571;

const range = 'AdamW; N from 215 million to 1.07 billion without embeddings, D from 4 to 100 billion tokens';

/** Why the rule does not speak of what was asked; undefined where it does. */
function outside({ inner, tokens, model }: Given): string | undefined {
  const size = model ? count(inner) : `at most ${count(inner)}`;
  // The smallest model of its table has 214,663,680, the largest 1,073,741,824.
  if (inner < 2.14e8 || inner > 1.08e9) return `N is ${size}`;
  if (tokens === undefined) return 'the budget is not known (give it with --tokens)';
  if (tokens < 4e9 || tokens > 1e11) return `D is ${count(tokens)}`;
  return undefined;
}

export function stepLaw(given: Given): Fact[] {
  const { inner, tokens } = given;
  const base = {
    what: whatLr('adam'),
    origin: 'published rule' as const,
    source: 'lr = 1.79 N^−0.713 D^0.307 (Step Law, arXiv 2503.04715)',
    range,
  };
  const value = tokens === undefined ? undefined : stepLawRate(inner, tokens);
  const why = outside(given);
  if (why !== undefined || value === undefined) return [refused(base, why!, value)];
  return [accepted({ ...base, value, text: `${short(value)}, at the batch size that the same rule gives` })];
}

export function stepLawBatchSize(given: Given): Fact {
  const base = {
    what: WHAT_BATCH,
    origin: 'published rule' as const,
    source: 'B = 0.58 D^0.571 tokens (Step Law, arXiv 2503.04715)',
    range,
  };
  const why = outside(given);
  if (why !== undefined) return refused(base, why);
  return accepted({ ...base, ...inSequences(stepLawBatch(given.tokens!), given) });
}

/** A batch in tokens, and in sequences where their length is known. */
export function inSequences(tokens: number, { seqLen }: Given): { value: number; text: string } {
  const words = `${count(Math.round(tokens))} tokens`;
  if (seqLen === null) return { value: tokens, text: words };
  return { value: tokens / seqLen, text: `${short(tokens / seqLen)} sequences (${words})` };
}
