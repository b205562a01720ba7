// `gaplab claims DIR...`: what the runs say about the paper's claims.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readLedger } from '../report/ledger.ts';
import { writeLedgerPage } from '../report/ledger-page.ts';
import { action, type Context, command, examples } from './common.ts';
import { aligned } from './study-table.ts';

export function register(program: Command): void {
  const claims = command(
    program,
    'claims <dir...>',
    'The ledger of claims: each judged on the studies in the directories, supported, refuted or inconclusive.',
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
      if (graded.length > 0)
        ctx.out(
          aligned([
            ['verdict', 'claim', 'study', 'effect', '95% interval'],
            ...graded.map(({ verdict, id, study, effect, ci95, unit }) => [
              verdict,
              id,
              study,
              effect === null ? '-' : `${effect.toFixed(3)} ${unit}`,
              ci95 ? `${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)}` : '-',
            ]),
          ]),
        );
      for (const { text, verdict, evidence } of graded) ctx.out(`\n${verdict}: ${text}\n  ${evidence}`);
      if (ledger.open.length > 0)
        ctx.out(
          `\nNot run: ${[...new Set(ledger.open.map(({ experiment }) => experiment))].join(', ')} (${ledger.open.length} claims; gaplab study NAME runs one)`,
        );
      const files = markdown === undefined ? [] : writeLedgerPage(resolve(markdown), ledger);
      if (files.length > 0) ctx.out(`\nWritten: ${markdown} and ${files.length - 1} figures`);
      ctx.result({ claims: graded, open: ledger.open, files });
    }),
  );
}
