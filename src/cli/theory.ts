// `gaplab theory`: simulations that need no model and no data, of what the paper's
// theory says about batch size.
import type { Command } from 'commander';
import { examples } from './common.ts';
import { register as imbalance } from './theory-imbalance.ts';
import { register as lr } from './theory-lr.ts';
import { register as quadratic } from './theory-quadratic.ts';
import { register as scaling } from './theory-scaling.ts';
import { register as sde } from './theory-sde.ts';
import { register as tails } from './theory-tails.ts';

export function register(program: Command): void {
  const theory = program
    .command('theory')
    .description(
      'Why would the gap between Adam and SGD depend on batch size? Small simulations of the paper’s explanations: seconds each, ' +
        'no model, no data. Every command writes a page with figures, and the numbers in them as CSV.',
    );
  examples(theory, [
    ['gaplab theory scaling', 'how early progress grows with batch size'],
    ['gaplab theory sde --help', 'what one of them takes'],
  ]);
  for (const register of [sde, lr, scaling, tails, quadratic, imbalance]) register(theory);
}
