// `gaplab import SOURCE`: runs of other tools as the directory of a study.
import { basename, join, relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../core/errors.ts';
import { publish } from '../files/publish.ts';
import { type Applied, applyMapping } from '../imports/apply.ts';
import { guessMapping, varies } from '../imports/guess.ts';
import { type Mapping, mappingText, readMapping, type Take } from '../imports/mapping.ts';
import { readers, readRuns } from '../imports/registry.ts';
import type { ForeignRun } from '../imports/run.ts';
import { nameOf } from '../imports/values.ts';
import { writeImportedStudy } from '../imports/write-study.ts';
import { plural } from '../report/format.ts';
import { action, type Context, command, examples } from './common.ts';
import { columnsOf } from './wrap.ts';

interface Flags {
  out?: string;
  mapping?: string;
  saveMapping?: string;
  kind?: string;
  loss?: Take;
  name?: string;
}

export function register(program: Command): void {
  const imported = command(
    program,
    'import <source>',
    `Turn runs that other tools recorded into the directory of a study: ${readers.map(({ what }) => what).join(', ')}. Without --out
    it says what it found and how it reads the names, and writes nothing.`,
  )
    .option('--out <dir>', 'directory of the study to write')
    .option('--mapping <file>', 'what the names mean, where the guess is wrong (see --save-mapping)')
    .option('--save-mapping <file>', 'write the guess to a new file, to be corrected')
    .option('--kind <kind>', 'the format, where a folder holds several')
    .option(
      '--loss <which>',
      'which loss of a run counts: final, best, or mean:SHARE over the last share of it',
      takeOf,
    )
    .option('--name <name>', 'name of the study (default: that of its directory)');
  examples(imported, [
    ['gaplab import wandb/', 'what is in it, and how its names are read'],
    ['gaplab import runs.csv --loss final --out studies/theirs', 'then gaplab report studies/theirs'],
    [
      'gaplab import mlflow.db --save-mapping names.yaml',
      'correct names.yaml, then import with --mapping names.yaml',
    ],
  ]);
  imported.action(
    action(async (ctx: Context, source: string, flags: Flags) => {
      const { reader, runs, otherFiles, cut } = await readRuns(source, flags.kind);
      const given = flags.mapping === undefined ? undefined : readMapping(flags.mapping);
      const mapping: Mapping = {
        ...(given ?? guessMapping(runs)),
        ...(flags.loss === undefined ? {} : { take: flags.loss }),
      };
      ctx.out(
        `${plural(runs.length, 'run')} in ${reader.what}${otherFiles > 0 ? ` (${plural(otherFiles, 'other file')} not read)` : ''}. ${given ? 'Names, as the mapping says' : 'Names, as guessed'}:`,
      );
      if (cut.length > 0)
        ctx.out(
          `Note: ${plural(cut.length, 'file')} ${cut.length === 1 ? 'ends' : 'end'} in the middle of a record, and what came after is missing: ${listed(cut)}.`,
        );
      ctx.out(`\n${mappingText(mapping, columnsOf(process.stdout))}`);
      const unused = unmapped(runs, mapping);
      if (unused.length > 0) ctx.out(`Not mapped, and not the same in all runs: ${unused.join(', ')}.`);
      const found = { kind: reader.kind, found: runs.length, cut, mapping, unmapped: unused };
      if (flags.saveMapping !== undefined) saveMapping(flags.saveMapping, mapping);
      // A guess that does not suffice yet can be looked at and saved.
      let applied: Applied;
      try {
        applied = applyMapping(runs, mapping);
      } catch (error) {
        if (flags.out !== undefined || !(error instanceof UserError)) throw error;
        ctx.out(`Still to do: ${error.message}.`);
        ctx.result({ ...found, problem: error.message });
        return;
      }
      tell(ctx, applied);
      const counts = countsOf(applied);
      const answer = {
        ...found,
        ...counts,
        left: applied.left,
        notes: applied.notes,
      };
      if (flags.out === undefined) {
        ctx.out('Nothing was written; --out DIR makes a study of them.');
        ctx.result(answer);
        return;
      }
      const dir = resolve(flags.out);
      const name =
        flags.name ??
        basename(dir)
          .replace(/[^\w.-]+/g, '-')
          .replace(/^[^\w]+/, '');
      const facts = {
        name: name === '' ? 'imported' : name.slice(0, 100),
        source,
        kind: reader.kind,
        mapping,
      };
      const study = await writeImportedStudy(dir, applied, facts, (line) =>
        ctx.progress.line(`gaplab: ${line}`),
      );
      const shownDir = relative('.', dir) || '.';
      ctx.out(
        `Written: ${join(shownDir, 'study.json')} and ${plural(study.imported!.runs.length, 'run')}. Next: gaplab report ${shownDir}`,
      );
      ctx.result({ ...answer, out: dir });
    }),
  );
}

function takeOf(text: string): Take {
  if (text === 'final' || text === 'best') return text;
  const share = Number(/^mean:(.+)$/.exec(text)?.[1]);
  if (!(share > 0 && share <= 1))
    throw new InvalidArgumentError('It must be final, best, or mean:SHARE with a share such as 0.1.');
  return { mean: share };
}

/** A file that is there is the user's, perhaps corrected already. */
function saveMapping(path: string, mapping: Mapping): void {
  if (!publish(resolve(path), mappingText(mapping)))
    throw new UserError(
      `${path} is there already, so it is not replaced: choose another name, or use it with --mapping`,
    );
}

const countsOf = ({ runs }: Applied) => ({
  done: runs.filter(({ status }) => status === 'done').length,
  diverged: runs.filter(({ status }) => status === 'diverged').length,
  failed: runs.filter(({ status }) => status === 'failed').length,
});

/** Long lists are counted. */
const MOST = 10;

const listed = (names: readonly string[]): string =>
  names.slice(0, MOST).join(', ') + (names.length > MOST ? ` and ${names.length - MOST} more` : '');

function tell(ctx: Context, applied: Applied): void {
  const { done, diverged, failed } = countsOf(applied);
  ctx.out(`${done} done, ${diverged} diverged, ${failed} failed; ${applied.left.length} left out.`);
  const troubled = [
    ...applied.runs
      .filter(({ status }) => status !== 'done')
      .map(({ name, status, reason }) => `${name}: ${status}, ${reason}`),
    ...applied.left.map(({ name, why }) => `${name}: left out, ${why}`),
  ];
  for (const line of troubled.slice(0, MOST)) ctx.out(`  ${line}`);
  if (troubled.length > MOST) ctx.out(`  and ${troubled.length - MOST} more (--json has all)`);
  for (const note of applied.notes) ctx.out(`Note: ${note}.`);
}

/** Names of settings that are in no field of the mapping and differ between runs. */
function unmapped(
  runs: readonly ForeignRun[],
  { hyper, unit: _, take: __, guessLoss: ___, ...places }: Mapping,
): string[] {
  const used = new Set(
    [...Object.values(places), ...Object.values(hyper ?? {})].map((place) => nameOf(place)),
  );
  const names = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))];
  return names.filter((name) => !used.has(name) && varies(runs, name));
}
