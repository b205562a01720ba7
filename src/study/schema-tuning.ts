// The part of the study file that says how far rates are tuned, and with which seeds.
import { z } from 'zod';
import { TUNING_STRIDE } from '../analysis/seeds.ts';
import { type Tuning, USUAL_CANDIDATES } from '../analysis/tuning.ts';
import { isFields, shorter } from './short-forms.ts';

/**
 * `5` is five fresh seeds; `[1, 2, 3]` tunes on the first, and the others are fresh:
 * seeds that follow each other.
 */
function seedsOf(value: unknown): unknown {
  if (value === null) return {};
  if (typeof value === 'number') return { fresh: value };
  if (Array.isArray(value)) {
    const follow = value.length > 0 && value.every((seed, i) => seed === value[0] + i);
    return follow ? { tune: value[0], fresh: value.length - 1 } : value;
  }
  // As it was written before: the seeds of a winner, that of tuning among them.
  if (!isFields(value) || typeof value.final !== 'number' || 'fresh' in value) return value;
  const { final, ...rest } = value;
  return { ...rest, fresh: (final as number) - 1 };
}

export const seeds = shorter(
  z.strictObject({
    tune: z.int().nonnegative().default(1).describe('The seed that every learning rate is tried with.'),
    fresh: z
      .int()
      .nonnegative()
      .max(TUNING_STRIDE - 1)
      .default(3)
      .describe(
        'How many further seeds the best rate of each optimizer and batch size gets. Losses, intervals and verdicts are those of these seeds alone: the seed that chose a rate is kind to it. Default: the fewest that give an interval of use; more narrow it.',
      ),
  }),
  {
    also: [{ type: 'null' }, { type: 'integer' }, { type: 'array', items: { type: 'integer' } }],
    expand: seedsOf,
  },
);

/** How far tuning goes, by name. */
const tuners: Record<string, Omit<Tuning, 'candidates'>> = {
  plain: { probe: 0, halve: 0, seeds: 1 },
  thorough: { probe: 2, halve: 1, seeds: 3 },
};

export const tuner = shorter(
  z.strictObject({
    probe: z
      .int()
      .nonnegative()
      .max(8)
      .default(0)
      .describe(
        'Learning rates looked at beyond the neighbours of the best one, on each side; more where the loss falls again. It finds a second minimum.',
      ),
    halve: z
      .int()
      .nonnegative()
      .max(3)
      .default(0)
      .describe(
        'How often the distance between rates is halved around the best one: 1 tries a factor of √2 on both sides.',
      ),
    seeds: z
      .int()
      .positive()
      .max(20)
      .default(1)
      .describe(
        'Tuning seeds at most. The candidates get a second seed, and a third and so on as long as they are closer than the noise between seeds. Tuning seeds are tune, tune + 1000, tune + 2000, ...; none of them counts in a result.',
      ),
    candidates: z
      .int()
      .min(2)
      .max(12)
      .default(USUAL_CANDIDATES)
      .describe(
        'How many of the best rates are candidates; the best one of another minimum is one more. More candidates and more seeds leave fewer rates that may be the best one too, where seeds differ much.',
      ),
  }),
  {
    also: [{ type: 'null' }, { enum: Object.keys(tuners) }],
    expand: (value) =>
      value === null
        ? {}
        : typeof value === 'string' && Object.hasOwn(tuners, value)
          ? { ...tuners[value] }
          : value,
  },
);
