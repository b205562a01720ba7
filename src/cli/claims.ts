// `gaplab claims DIR...`: what the runs say about the paper's claims.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { agreement } from '../analysis/claims/agreement.ts';
import { falseDiscovery, pValue } from '../analysis/claims/many.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { writeFindings } from '../report/findings-page.ts';
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
  )
    .option('--markdown <file>', 'write the ledger as a document, with its figures in a folder beside it')
    .option(
      '--findings <file>',
      'write the page of findings: the map and the figures around it, in a folder beside it',
    )
    .option(
      '--significance <p>',
      'a verdict stands only if its one-sided p value is below this, e.g. 0.01 as records of the modded-nanogpt speedrun are judged; by default the 95% interval decides',
      significanceOf,
    );
  examples(claims, [
    ['gaplab claims studies', 'every study below studies/'],
    ['gaplab claims studies/grafting --json', 'effects, intervals and verdicts for programs'],
    ['gaplab claims studies --markdown results.md', 'a document with figures'],
    ['gaplab claims studies --findings findings.md', 'the map and five more figures, with what they say'],
    ['gaplab claims studies --significance 0.01', 'fewer verdicts, and surer ones'],
  ]);
  claims.action(
    action(
      (
        ctx: Context,
        dirs: string[],
        { markdown, findings, significance }: { markdown?: string; findings?: string; significance?: number },
      ) => {
        const ledger = readLedger(
          dirs.map((dir) => resolve(dir)),
          significance,
        );
        const judged = ledger.studies.flatMap(({ dir, loaded, claims }) =>
          claims.map((claim) => ({
            ...claim,
            study: loaded.study.name,
            size: loaded.study.size ?? null,
            dir,
          })),
        );
        const q = falseDiscovery(judged.map(pValue));
        const graded = judged.map((claim, i) => ({
          ...claim,
          agreement: agreement(claim.verdict, claim.says),
          p: pValue(claim),
          falseDiscovery: q[i],
        }));
        if (graded.length > 0) {
          ctx.out(`${writtenBefore} ${howVerdictsAreMade}\n`);
          ctx.out(
            aligned([
              ['verdict', 'claim', 'study', 'effect', '95% interval', 'false discovery', 'with its source'],
              ...graded.map(({ verdict, id, study, effect, ci95, unit, agreement, falseDiscovery }) => [
                verdict,
                id,
                study,
                effect === null ? '–' : `${fixed(effect)} ${unit}`,
                ci95 ? range(ci95) : '–',
                falseDiscovery === null ? '–' : falseDiscovery.toPrecision(2),
                agreement,
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
        const files: string[] = [];
        for (const [file, write] of [
          [markdown, writeLedgerPage],
          [findings, writeFindings],
        ] as const) {
          if (file === undefined) continue;
          const made = write(resolve(file), ledger);
          ctx.out(`\nWritten: ${file} and ${made.length - 1} figures`);
          files.push(...made);
        }
        ctx.result({ claims: graded, tests, open: ledger.open, files });
      },
    ),
  );
}

function significanceOf(text: string): number {
  const p = Number(text);
  if (text.trim() !== '' && p > 0 && p < 0.5) return p;
  throw new UserError(`--significance ${shown(text)}: give a probability between 0 and 0.5, e.g. 0.01`);
}

/**
 * What every gap is tested on, for each model and budget of a study of no experiment: as its report says it.
 */
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
