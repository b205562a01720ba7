// `gaplab pack DIR`: a study in one file.
import { statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { fileName } from '../files/names.ts';
import { ownedFolder } from '../files/owned.ts';
import { plural } from '../report/format.ts';
import { readStudy } from '../store/study-dir.ts';
import { type Packed, readPack, writePack } from '../study/pack.ts';
import { action, type Context, command, examples } from './common.ts';
import { bytes } from './model-text.ts';

export function register(program: Command): void {
  const packed = command(
    program,
    'pack <dir>',
    'Put a study into one file, with every run that has finished: to keep it, publish it or move it to another computer. `gaplab unpack` makes a directory of it again.',
  )
    .option('--out <file>', 'the file; compressed if its name ends in .gz (default: <name>.jsonl.gz)')
    .option(
      '--no-curves',
      'results alone, without training curves and probes: a thirtieth of the size, and all that verdicts on tuned losses need',
    );
  examples(packed, [
    ['gaplab pack studies/quick', 'quick.jsonl.gz'],
    [
      'gaplab pack studies/grafting-long --no-curves --out evidence/grafting-long.jsonl',
      'small enough for a repository',
    ],
    ['gaplab unpack quick.jsonl.gz --out studies/again', 'the same study, on another computer'],
  ]);
  packed.action(
    action((ctx: Context, dir: string, { out, curves }: { out?: string; curves: boolean }) => {
      const { name } = readStudy(resolve(dir));
      const file = resolve(out ?? `${fileName(name)}.jsonl.gz`);
      let made: Packed | undefined;
      try {
        ownedFolder(dirname(file), 'pack', isPack).put(basename(file), (path) => {
          made = writePack(resolve(dir), path, { curves, gzip: file.endsWith('.gz') });
          if (made.runs === 0)
            throw new UserError(`${dir} has no finished run yet, so there is nothing to pack`);
        });
      } catch (error) {
        throw codeOf(error) === undefined ? error : placeError(file, error, '--out');
      }
      const { runs, missing } = made!;
      ctx.out(
        `${plural(runs, 'run')} of ${name} in ${relative('.', file)} (${bytes(statSync(file).size)})${missing > 0 ? `; ${missing} of those known so far are missing` : ''}`,
      );
      ctx.result({ study: name, file, runs, missing, curves });
    }),
  );
}

function isPack(_: string, path: string): boolean {
  try {
    readPack(path);
    return true;
  } catch {
    return false;
  }
}
