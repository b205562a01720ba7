// `gaplab claims DIR...`: what the runs say about the paper's claims.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { agreement } from '../analysis/claims/agreement.ts';
import { falseDiscovery, pValue } from '../analysis/claims/many.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { writeFindings } from '../report/findings-page.ts';
import { budgetText, fixed, plural, range } from '../report/format.ts';
import { type Ledger, readLedger, stricter } from '../report/ledger.ts';
import { readLedgerFile, writeLedgerFile } from '../report/ledger-file.ts';
import { writeLedgerPage } from '../report/ledger-page.ts';
import { howVerdictsAreMade, sameForAll, writtenBefore } from '../report/verdicts.ts';
import { aligned } from './aligned.ts';
import { action, type Context, command, examples } from './common.ts';

export function register(program: Command): void {
  const claims = command(
    program,
    'claims [dir...]',
    'What studies say about the claims of the paper, each supported, refuted or inconclusive. Studies of your own get the three tests that every gap gets.',
  )
    .option('--markdown <file>', 'write the ledger as a document, with its figures in a folder beside it')
    .option(
      '--findings <file>',
      'write the page of findings: the map and the figures around it, in a folder beside it',
    )
    .option(
      '--ledger <file>',
      'keep in a file what was judged, and add to it: verdicts of studies that are not at hand any more, or are on another machine, stay in the ledger, the document and the page',
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
    [
      'gaplab claims studies/clipping-long --ledger ledger.json --markdown results.md',
      'one more study in a ledger whose other studies may be gone',
    ],
    ['gaplab claims studies --significance 0.01', 'fewer verdicts, and surer ones'],
  ]);
  claims.action(
    action((ctx: Context, dirs: string[], { markdown, findings, ledger: file, significance }: Options) => {
      if (dirs.length === 0 && file === undefined)
        throw new UserError('give directories of studies, or --ledger FILE with what some have said before');
      const kept = file === undefined ? undefined : readLedgerFile(resolve(file));
      const read = readLedger(
        dirs.map((dir) => resolve(dir)),
        kept?.sections,
      );
      const ledger = significance === undefined ? read : stricter(read, significance);
      const judged = ledger.sections.flatMap(({ name, size = null, dir = null, claims }) =>
        claims.map((claim) => ({ ...claim, study: name, size, dir })),
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
      if (ledger.sections.length > 0 && ledger.open.length > 0)
        ctx.out(
          `\nNot run: ${[...new Set(ledger.open.map(({ experiment }) => experiment))].join(', ')} (${ledger.open.length} claims; gaplab study NAME runs one)`,
        );
      const files: string[] = [];
      const wrote = (file: string, made: string[]) => {
        ctx.out(`\nWritten: ${file} and ${plural(made.length - 1, 'figure')}`);
        files.push(...made);
      };
      if (markdown !== undefined) wrote(markdown, writeLedgerPage(resolve(markdown), ledger));
      let parts = kept?.findings ?? [];
      if (findings !== undefined) {
        const page = writeFindings(resolve(findings), ledger, parts);
        wrote(findings, page.files);
        parts = page.parts;
      }
      // Last, so that no study is kept before its figures are drawn. As judged by intervals: a stricter rule
      // can be asked for again.
      if (file !== undefined) {
        writeLedgerFile(resolve(file), read, parts);
        ctx.out(`\nKept: ${file}, ${plural(read.sections.length, 'study', 'studies')}`);
        files.push(resolve(file));
      }
      ctx.result({ claims: graded, tests, open: ledger.open, files });
    }),
  );
}

interface Options {
  markdown?: string;
  findings?: string;
  ledger?: string;
  significance?: number;
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
