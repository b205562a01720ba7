// The sides of a verdict: losses that are given, or the tuned cells of a study.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { missingOf } from '../analysis/missing.ts';
import { displayName } from '../analysis/names.ts';
import type { Sample } from '../analysis/verdict.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { cellsOf } from './cells.ts';
import { number } from './format.ts';
import { loadStudyDir } from './load.ts';
import type { LoadedStudy } from './types.ts';

export interface SampleSet {
  /** Samples by what they can be compared at: one for losses, one a cell for a study. */
  samples: Map<string, Sample>;
  /** Of a study: its seeds pair with those of one that has the same key; with none where it is null. */
  pairing?: { key: string | null };
  /** Of a list: how many losses it has, those of diverged runs among them. */
  length?: number;
}

/** `3.41,3.44`, a file of losses, or `DIR[:ARM][@BATCH]`. Throws UserError for anything else. */
export function readSide(text: string): SampleSet {
  if (/^[\s\d.,;+\-einfaIN]+$/.test(text) && !existsSync(text)) return listed(text, text);
  const [, dir, arm, batch] = /^(.*?)(?::([\w.#+-]+))?(?:@(\d+))?$/.exec(text)!;
  if (!existsSync(dir) && !existsSync(text))
    throw new UserError(
      `${shown(text)} is neither losses (3.41,3.44) nor a file of losses, nor the directory of a study (DIR, DIR:ARM or DIR:ARM@BATCH)`,
    );
  if (existsSync(text) && statSync(text).isFile()) return listed(readFileSync(text, 'utf8'), text);
  return fromStudy(
    isAbsolute(dir) ? dir : resolve(dir),
    dir,
    arm,
    batch === undefined ? undefined : Number(batch),
  );
}

function listed(text: string, name: string): SampleSet {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  const losses = words.map(Number);
  const bad = words.find((word, i) => Number.isNaN(losses[i]) && !/^[+-]?(nan|inf|infinity)$/i.test(word));
  if (bad !== undefined || words.length === 0)
    throw new UserError(
      `${shown(name)}: ${bad === undefined ? 'there are no losses' : `"${shown(bad)}" is no loss`}; give numbers with commas between them`,
    );
  const finite = losses.filter(Number.isFinite);
  const broken = losses.length - finite.length;
  const label =
    words.length > 4 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ');
  if (finite.length === 0)
    throw new UserError(`${shown(name)}: every run diverged, so there is no loss to compare`);
  const missing = broken > 0 ? [`${broken} of ${losses.length} diverged (${shown(label)})`] : [];
  // A place in the list stands for a seed, so that a diverged run takes its partner out, too.
  const seeds = [...losses.keys()].filter((i) => Number.isFinite(losses[i]));
  return {
    samples: new Map([['', { name: `(${shown(label)})`, losses: finite, seeds, missing }]]),
    length: losses.length,
  };
}

function fromStudy(
  dir: string,
  given: string,
  arm: string | undefined,
  batch: number | undefined,
): SampleSet {
  const loaded = loadStudyDir(dir);
  const { study } = loaded;
  const arms = Object.keys(study.optimizers);
  if (arm !== undefined && !arms.includes(arm))
    throw new UserError(`${given} has no arm "${shown(arm)}"; it has ${arms.join(', ')}`);
  if (batch !== undefined && !study.batchSizes.includes(batch))
    throw new UserError(`${given} has no batch size ${batch}; it has ${study.batchSizes.join(', ')}`);
  const cells = cellsOf(loaded).filter(
    (cell) =>
      (arm === undefined || cell.optimizer === arm) && (batch === undefined || cell.batchSize === batch),
  );
  const several = arms.length > 1 && arm === undefined;
  const [models, budgets] = [cells.map(({ model }) => model), cells.map(({ tokens }) => tokens)].map(
    (all) => new Set<string | number>(all).size,
  );
  const samples = cells.flatMap((cell): [string, Sample][] => {
    if (!cell.best) return [];
    const others = [
      ...(several ? [displayName(cell.optimizer)] : []),
      ...(models > 1 ? [cell.model] : []),
      ...(budgets > 1 ? [`${number(cell.tokens)} tokens`] : []),
    ];
    const place = `at batch size ${cell.batchSize}${others.length > 0 ? ` (${others.join(', ')})` : ''}`;
    const name = `${displayName(cell.optimizer)} of ${study.name}`;
    const edge = cell.bracketed ? [] : [`the best learning rate of ${name} is at the edge of what was tried`];
    const missing = [...missingOf(cell).map((what) => `${name}: ${what}`), ...edge];
    return [[place, { name, losses: cell.best.valLossSeeds, seeds: cell.best.seeds, missing }]];
  });
  if (samples.length === 0) throw new UserError(`${given}: no run of it has a loss yet`);
  return { samples: new Map(samples), pairing: pairingOf(loaded) };
}

/**
 * Equal seeds mean equal weights and equal order of the data where the same program
 * trained the same model on the same data.
 */
function pairingOf({ study }: LoadedStudy): SampleSet['pairing'] {
  const { trainer, data, models } = study;
  if (trainer && !trainer.paired) return { key: null };
  return { key: JSON.stringify([trainer?.digest, data?.fingerprint, models]) };
}
