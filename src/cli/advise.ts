// `gaplab advise [MODEL]`: which optimizer, batch size and learning rate to begin with, and where each number
// comes from.
import type { Command } from 'commander';
import { fits } from '../advise/memory.ts';
import { openingFacts } from '../advise/opening.ts';
import { rateFacts } from '../advise/rates.ts';
import { recommend } from '../advise/recommend.ts';
import { batchSizeFacts } from '../advise/rules/batch-size.ts';
import { UserError } from '../core/errors.ts';
import { check, gradeStudies } from './advise-check.ts';
import { type GivenFlags, givenOf, memorySize } from './advise-given.ts';
import { adviceText } from './advise-text.ts';
import { action, type Context, command, examples, number } from './common.ts';
import { numbers } from './theory-flags.ts';

interface Flags extends GivenFlags {
  all?: boolean;
  check?: boolean;
  yes?: boolean;
  out?: string;
  grade?: string[];
}

export function register(program: Command): void {
  const advise = command(
    program,
    'advise [model]',
    `What to begin with: which optimizer, starting learning rates and betas, what fits in memory, and the time it takes. Each number
    says where it comes from; a rule is refused outside of its range. MODEL is a preset, a Llama config.json, or a number of parameters.`,
  )
    .option('--tokens <n>', 'training tokens of a run', number({ above: 0 }))
    .option('--memory <size>', 'memory of the device, as 24GB or 40GiB', memorySize)
    .option(
      '--batch-sizes <list>',
      'in sequences, with commas between them (default: 1,16,256)',
      numbers({ min: 1, whole: true }),
    )
    .option('--study <dir>', 'a study of your own (or an import): what it measured comes first')
    .option('--probe <path>', 'gradient moments of your own: a run that `gaplab probe` measured with noise')
    .option('--speed <n>', 'tokens per second that you measured', number({ above: 0 }))
    .option('--gpu <name>', 'a graphics processor instead, by its published peak: h100 or a100')
    .option('--all', 'every rule with its source and range, the refused ones with the reason')
    .option(
      '--check',
      'tell what the smallest study takes that would test the advice; with --yes, run and grade it',
    )
    .option('--yes', 'with --check: run the study without asking')
    .option('--out <dir>', 'with --check: directory of the study (default: studies/advice-<model>-<tokens>)')
    .option('--grade <dirs...>', 'grade the advice on studies that are there: predicted against measured');
  examples(advise, [
    ['gaplab advise 160m --memory 24GB --tokens 1.3e9', 'before anything is measured'],
    ['gaplab advise nano --tokens 300000 --study studies/quick', 'with what a study of yours found'],
    ['gaplab advise nano --tokens 300000 --probe runs/mine', 'after gaplab probe runs/mine --probe noise'],
    ['gaplab advise 7e9 --memory 80GB --batch-sizes 256,1024 --json', 'everything, for programs'],
    ['gaplab advise nano --tokens 100000 --batch-sizes 1,64 --check', 'what it costs to test the advice'],
    ['gaplab advise --grade studies/quick', 'how good the advice would have been there'],
  ]);
  advise.action(
    action(async (ctx: Context, name: string | undefined, flags: Flags) => {
      if (flags.grade) return gradeStudies(ctx, flags.grade, name);
      for (const flag of ['yes', 'out'] as const)
        if (flags[flag] !== undefined && !flags.check) throw new UserError(`--${flag} belongs to --check`);
      const given = givenOf(name ?? 'nano', flags);
      if (flags.check) return check(ctx, given, flags);
      const opening = openingFacts(given);
      const batches = given.batchSizes.map((batchSize) => ({
        batchSize,
        rates: rateFacts(given, batchSize),
        recommendation: recommend(given, opening, batchSize),
      }));
      const { speed, tokens } = given;
      const seconds =
        speed && tokens ? { from: tokens / speed.to, to: tokens / speed.from, source: speed.source } : null;
      const advice = { memory: fits(given), opening, batchSize: batchSizeFacts(given), batches, seconds };
      for (const text of adviceText(given, advice, flags.all === true)) ctx.out(text);
      ctx.result({ model: given.label, parameters: given.parameters, ...advice });
    }),
  );
}
