// A study that is to be run, judged at once: everything that is wrong with it, each
// with its line and what to write.
import type { z } from 'zod';
import { UserErrors } from '../core/errors.ts';
import { problemsOf, valueAt } from './issues.ts';
import type { Problem } from './problems.ts';
import { draftProblems } from './resolve.ts';
import { type StudyFile, studyFile } from './schema.ts';
import { isFields, put, writtenOut } from './short-forms.ts';
import { numberIn, numbersIn } from './written-numbers.ts';

/** Where a problem stands, for people: `my.yaml:7: lr.guess`. */
export type Locate = (path: readonly PropertyKey[]) => { place: string; line: number };

/** The study that `raw` (with its short forms) describes. Throws UserErrors, all at once. */
export function checked(raw: unknown, locate: Locate): StudyFile {
  const full = writtenOut(studyFile, raw);
  const parsed = parse(full);
  const problems = [
    ...(parsed.success ? draftProblems(parsed.data) : allProblems(full, parsed.error)),
    ...besideTrainer(full),
  ];
  if (problems.length === 0) return parsed.data!;
  const lines = problems
    .map(({ path, text }) => ({ ...locate(path), text }))
    .sort((a, b) => a.line - b.line)
    .map(({ place, text }) => `${place}: ${text}`);
  throw new UserErrors([...new Set(lines)]);
}

/**
 * Reads texts that are numbers (`65_536`, `1, 4, 16`) as numbers where numbers are wanted,
 * and nowhere else. Changes `full`.
 */
function parse(full: unknown) {
  const parsed = studyFile.safeParse(full);
  if (parsed.success) return parsed;
  let changed = false;
  for (const issue of parsed.error.issues) {
    if (issue.code !== 'invalid_type' || !['number', 'int'].includes(issue.expected)) continue;
    const value = valueAt(full, issue.path);
    const holder = valueAt(full, issue.path.slice(0, -1));
    const key = issue.path.at(-1)!;
    const number = numberIn(value);
    const numbers = Array.isArray(holder) && holder.length === 1 ? numbersIn(value) : undefined;
    if (number !== undefined && (typeof value === 'string' || isNamed(issue.path)))
      put(holder as Record<PropertyKey, unknown>, key, number);
    else if (numbers) (holder as unknown[]).splice(0, 1, ...numbers);
    else continue;
    changed = true;
  }
  return changed ? studyFile.safeParse(full) : parsed;
}

function allProblems(full: unknown, error: z.ZodError): Problem[] {
  const { problems, misspelt } = problemsOf(error, studyFile, full);
  return [...problems, ...problemsBeside(full, error).filter(({ path }) => !misspelt.has(path.join('.')))];
}

/** Fields that say something of gaplab's own models, in a study whose script has its own. */
const OWN_MODELS = ['model', 'data', 'clip', 'schedule', 'eval', 'microBatch', 'probes', 'engine', 'dtype'];

function besideTrainer(full: unknown): Problem[] {
  if (!isFields(full) || full.trainer === undefined) return [];
  return OWN_MODELS.filter((field) => full[field] !== undefined).map((field) => ({
    path: [field],
    text: "this is the script's business; leave it out beside trainer, or pass it on as one of an arm's args",
  }));
}

/** Hyperparameters and options that are switches are 0 and 1: there true and false are numbers. */
const isNamed = (path: readonly PropertyKey[]) => path.includes('hyper') || path.includes('options');

/**
 * What else is wrong in the part of the study that has the right form: the names
 * and ranges that `draftProblems` looks at.
 */
function problemsBeside(full: unknown, error: z.ZodError): Problem[] {
  const rest = structuredClone(isFields(full) ? full : {});
  for (const issue of error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    for (const key of keys) remove(rest, key === undefined ? issue.path : [...issue.path, key]);
  }
  const made: Record<string, unknown> = { name: 'study', batchSizes: [1], optimizers: { sgd: {} } };
  // A budget is made up only where the study's own is among the issues: a study
  // without one is to hear of that, too.
  if (error.issues.some(({ path }) => path[0] === 'tokens' || path[0] === 'steps')) made.tokens = [2 ** 50];
  if (isFields(rest.optimizers) && Object.keys(rest.optimizers).length === 0) delete rest.optimizers;
  for (const [field, value] of Object.entries(made))
    if (Object.hasOwn(rest, field)) delete made[field];
    else put(rest, field, value);
  const parsed = studyFile.safeParse(writtenOut(studyFile, rest));
  if (!parsed.success) return [];
  // Where something was taken away or made up, a further problem may come from that.
  const touched = [...error.issues.map(({ path }) => partOf(path)), ...Object.keys(made)];
  return draftProblems(parsed.data).filter(({ path }) => {
    const part = partOf(path);
    const isComparison = part === 'baseline' || part === 'challenger';
    return !touched.some(
      (other) =>
        part === other || part.startsWith(`${other}.`) || (isComparison && other.startsWith('optimizers')),
    );
  });
}

/** Fields that are judged by themselves: those of the study, and each arm. */
const partOf = (path: readonly PropertyKey[]) => path.slice(0, path[0] === 'optimizers' ? 2 : 1).join('.');

/** Takes the field at `path` away, of a list the whole list. */
function remove(from: Record<string, unknown>, path: readonly PropertyKey[]): void {
  const list = path.findIndex((_, i) => Array.isArray(valueAt(from, path.slice(0, i))));
  const way = list < 0 ? path : path.slice(0, list);
  const holder = valueAt(from, way.slice(0, -1));
  if (way.length > 0 && isFields(holder)) delete holder[String(way.at(-1))];
}
