// The labs that a study can have beside its runs. A new one is one file and a line in each list here.
import { z } from 'zod';
import * as imbalance from './imbalance.ts';
import * as quadratic from './quadratic.ts';
import * as sde from './sde.ts';

const labs = { sde, quadratic, imbalance };

/** A lab with all that decides its numbers; defaults filled in. */
export const labSpec = z.discriminatedUnion('lab', [sde.spec, quadratic.spec, imbalance.spec], {
  error: `must be one of ${Object.keys(labs).join(', ')}`,
});

export type LabSpec = z.infer<typeof labSpec>;
export type LabKind = LabSpec['lab'];
export type SpecOf<Kind extends LabKind> = Extract<LabSpec, { lab: Kind }>;
export type ResultOf<Kind extends LabKind> = z.infer<(typeof labs)[Kind]['result']>;

/** A lab that has been run. */
export type LabRun = {
  [Kind in LabKind]: { lab: Kind; spec: SpecOf<Kind>; result: ResultOf<Kind> };
}[LabKind];
export type LabRunOf<Kind extends LabKind> = Extract<LabRun, { lab: Kind }>;

/** `theory/<name>.json` of a study. */
export const labFile = z
  .object({ schema: z.literal(1), spec: labSpec, result: z.unknown() })
  .transform(({ spec, result }, context): LabRun => {
    const parsed = labs[spec.lab].result.safeParse(result);
    if (parsed.success) return { lab: spec.lab, spec, result: parsed.data } as LabRun;
    context.addIssue({ code: 'custom', message: 'no result of that lab' });
    return z.NEVER;
  });
