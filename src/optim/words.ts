// The words in which people ask for clipping: `1`, `null`, `{kind: adaptive, p: .1}`, or a list of such.
import { UserError } from '../core/errors.ts';
import { transforms } from './transforms.ts';

/** One kind of clipping with its hyperparameters (those of the transform; left out: defaults, or tuned). */
export type ClipWord = number | null | ({ kind: string } & Record<string, number | string>);

const KINDS = Object.keys(transforms).flatMap((name) => /^(.+)Clip$/.exec(name)?.[1] ?? []);

/**
 * The optimizer with its clipping: global-norm clipping stays a number of the run,
 * every other kind becomes a transform of the optimizer, its values hyperparameters.
 * Throws UserError for kinds that do not exist or are given twice.
 */
export function withClip(
  optimizer: string,
  clip: ClipWord | readonly ClipWord[],
): { optimizer: string; hyper: Record<string, number>; clip: number | null } {
  const words = Array.isArray(clip) ? (clip as readonly ClipWord[]) : [clip as ClipWord];
  const norms = words.filter((word) => typeof word === 'number');
  if (norms.length > 1) throw new UserError('clip: one global norm is enough; give one number');
  const hyper: Record<string, number> = {};
  let name = optimizer;
  for (const word of words) {
    if (typeof word !== 'object' || word === null) continue;
    const { kind, ...values } = word;
    if (!KINDS.includes(kind))
      throw new UserError(
        `clip: unknown kind "${kind}": choose one of ${KINDS.join(', ')}, or a number for the global norm`,
      );
    const { hyper: specs } = transforms[`${kind}Clip`];
    for (const [key, value] of Object.entries(values)) {
      if (!Object.hasOwn(specs, key) || typeof value !== 'number')
        throw new UserError(
          `clip: ${kind} takes ${Object.keys(specs).join(', ')} as numbers, not ${key}: ${value}`,
        );
      hyper[key] = value;
    }
    name = `${name.includes('=') && !name.startsWith('(') ? `(${name})` : name}+${kind}Clip`;
  }
  return { optimizer: name, hyper, clip: norms[0] ?? null };
}

/** Clipping in one word of a command line: `1`, `none`, `adaptive`, `adaptive=.1`, several with commas. */
export function parseClip(text: string): ClipWord[] {
  return text.split(',').map((word): ClipWord => {
    if (word === 'none') return null;
    const [kind, value, more] = word.split('=');
    const number = Number(value ?? word);
    if (value === undefined && word.trim() !== '' && number > 0 && number < Infinity) return number;
    const specs = transforms[`${kind}Clip`]?.hyper;
    if (
      !specs ||
      more !== undefined ||
      (value !== undefined && !(value.trim() !== '' && Number.isFinite(number)))
    )
      throw new UserError(
        `--clip ${text}: give a norm above 0, none, or ${KINDS.map((k) => `${k}=X`).join(', ')} (several with commas)`,
      );
    return value === undefined ? { kind } : { kind, [Object.keys(specs)[0]]: number };
  });
}
