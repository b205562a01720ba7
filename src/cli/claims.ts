// `gaplab claims DIR...`: what the runs say about the paper's claims.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { budgetText, fixed, range } from '../report/format.ts';
import { type Ledger, readLedger } from '../report/ledger.ts';
import { writeLedgerPage } from '../report/ledger-page.ts';
import { howVerdictsAreMade, sameForAll, writtenBefore } from '../report/verdicts.ts';
import { aligned } from './aligned.ts';
import { action, type Context, command, examples } from './common.ts';

export function register(program: Command): void {
  const claims = command(
    program,
    'claims <dir...>',
    'What studies say about the claims of the paper, each supported, refuted or inconclusive. Studies of your own get the three tests that every gap gets.',
  ).option('--markdown <file>', 'write the ledger as a document, with its figures in a folder beside it');
  examples(claims, [
    ['gaplab claims studies', 'every study below studies/'],
    ['gaplab claims studies/grafting --json', 'effects, intervals and verdicts for programs'],
    ['gaplab claims studies --markdown results.md', 'a document with figures'],
  ]);
  claims.action(
    action((ctx: Context, dirs: string[], { markdown }: { markdown?: string }) => {
      const ledger = readLedger(dirs.map((dir) => resolve(dir)));
      const graded = ledger.studies.flatMap(({ dir, loaded, claims }) =>
        claims.map((claim) => ({ ...claim, study: loaded.study.name, size: loaded.study.size ?? null, dir })),
      );
      if (graded.length > 0) {
        ctx.out(`${writtenBefore} ${howVerdictsAreMade}\n`);
        ctx.out(
          aligned([
            ['verdict', 'claim', 'study', 'effect', '95% interval'],
            ...graded.map(({ verdict, id, study, effect, ci95, unit }) => [
              verdict,
              id,
              study,
              effect === null ? '–' : `${fixed(effect)} ${unit}`,
              ci95 ? range(ci95) : '–',
            ]),
          ]),
        );
      }
      for (const { text, verdict, evidence } of graded) ctx.out(`\n${verdict}: ${text}\n  ${evidence}`);
      const tests = ledger.others.flatMap(testsOf);
      if (tests.length > 0) ctx.out(`${graded.length > 0 ? '\n' : ''}${sameForAll} ${howVerdictsAreMade}`);
      for (const { study, of, text, verdict, evidence } of tests)
        ctx.out(`\n${verdict}: ${text} (${[study, ...of].join(', ')})\n  ${evidence}`);
      for (const { loaded } of ledger.others.filter((one) => testsOf(one).length === 0))
        ctx.out(`${loaded.study.name} has one optimizer, so there is no gap to test.`);
      if (ledger.studies.length > 0 && ledger.open.length > 0)
        ctx.out(
          `\nNot run: ${[...new Set(ledger.open.map(({ experiment }) => experiment))].join(', ')} (${ledger.open.length} claims; gaplab study NAME runs one)`,
        );
      const files = markdown === undefined ? [] : writeLedgerPage(resolve(markdown), ledger);
      if (files.length > 0) ctx.out(`\nWritten: ${markdown} and ${files.length - 1} figures`);
      ctx.result({ claims: graded, tests, open: ledger.open, files });
    }),
  );
}

/** What every gap is tested on, for each model and budget of a study of no experiment: as its report says it. */
function testsOf({ dir, loaded, summary }: Ledger['others'][number]) {
  const several = summary.groups.length > 1;
  return summary.groups.flatMap(({ claims, ...group }) =>
    claims.map((claim) => ({
      ...claim,
      study: loaded.study.name,
      of: several ? [group.model, budgetText(group)] : [],
      dir,
    })),
  );
}
