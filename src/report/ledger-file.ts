// The ledger in a file: what studies have said, for when they are not at hand any more, or are on another
// machine.
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { claims } from '../analysis/claims/registry.ts';
import { UserError } from '../core/errors.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { ownedFolder } from '../files/owned.ts';
import type { FindingsPart } from './findings-page.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerSection } from './ledger-section.ts';

/** Names of studies, figures and sizes become parts of paths and links. */
const name = z.string().min(1).max(200);
const figure = z.object({ name: z.string().regex(/^[a-z0-9-]+$/), title: z.string() });

/** Of a claim, what its study decided; what it says and where it is from stands in the registry. */
const judgement = z.object({
  id: z.string(),
  verdict: z.enum(['supported', 'refuted', 'inconclusive']),
  effect: z.number().nullable(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
  unit: z.string(),
  evidence: z.string(),
  against: z.number().optional(),
  seeds: z.number().optional(),
  degrees: z.number().optional(),
  part: z.number().optional(),
});
const cell = z.object({
  x: z.number(),
  y: z.number(),
  value: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  open: z.boolean(),
  note: z.string(),
});
const map = z.object({
  model: z.object({ vocabSize: z.number(), dim: z.number(), layers: z.number() }),
  cells: z.array(cell),
});
const study = z.object({
  name,
  size: name.optional(),
  experiment: name,
  facts: z.string(),
  missing: z.int().nonnegative(),
  map: map.optional(),
  claims: z.array(judgement),
  figures: z.array(figure),
});
const part = z.object({ title: z.string(), text: z.string(), from: z.array(name) });
const ledgerFile = z.object({ schema: z.literal(1), studies: z.array(study), findings: z.array(part) });

export interface KeptLedger {
  sections: LedgerSection[];
  findings: FindingsPart[];
}

/** What stands in `file`; nothing where there is none. Throws UserError for a file that is no ledger. */
export function readLedgerFile(file: string): KeptLedger {
  const text = readIfThere(file);
  if (text === undefined) return { sections: [], findings: [] };
  const read = ledgerFile.safeParse(parseJson(text));
  if (!read.success)
    throw new UserError(`${file} is no ledger that gaplab wrote with --ledger: give another name`);
  return { sections: read.data.studies.map(sectionFrom), findings: read.data.findings };
}

function sectionFrom({ claims: judged, figures, ...rest }: z.infer<typeof study>): LedgerSection {
  return {
    ...rest,
    // A claim that is not made any more is left out.
    claims: judged.flatMap((one): JudgedLedgerClaim[] => {
      const known = claims.find(({ id }) => id === one.id);
      if (!known) return [];
      const { judge: _, ...claim } = known;
      return [{ ...claim, ...one }];
    }),
    figures: () => figures,
  };
}

/** Writes `file` whole. Throws UserError when a file of somebody else is in the way. */
export function writeLedgerFile(
  file: string,
  { sections }: Pick<Ledger, 'sections'>,
  findings: readonly FindingsPart[],
): void {
  const studies = sections.map(({ claims, figures, dir: _, ...rest }) => ({
    ...study.omit({ claims: true, figures: true }).parse(rest),
    claims: claims.map((claim) => judgement.parse(claim)),
    figures: figures().map(({ name, title }) => ({ name, title })),
  }));
  const isLedger = (_: string, path: string) =>
    ledgerFile.safeParse(parseJson(readIfThere(path) ?? '')).success;
  const [dir, document] = [dirname(file), basename(file)];
  try {
    ownedFolder(dir, 'ledger', isLedger).write(
      new Map([[document, `${JSON.stringify({ schema: 1, studies, findings }, null, 1)}\n`]]),
    );
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(dir, error, '--ledger');
  }
}
