// Studies of several sizes: one file, a change of fields for each of smoke, mini, long and paper.
import { UserError, UserErrors } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { problemsOf } from './issues.ts';
import type { ReadFile } from './read.ts';
import { sizes as sizesSchema, studyFile } from './schema.ts';
import { isFields, put, writtenOut } from './short-forms.ts';

/**
 * The study in one of its `sizes`: `size`, else mini, else the first; short forms are written out. Any
 * but that default gets a name of its own, `<name>-<size>`, so that two sizes do not meet in one directory.
 */
export function sized(source: ReadFile, size: string | undefined): { study: object; chosen?: string } {
  // What begins with x- only holds something for an alias to stand for.
  const { sizes: given, ...rest } = Object.fromEntries(
    Object.entries(source.value as object).filter(([key]) => !key.startsWith('x-')),
  );
  const common = writtenOut(studyFile, rest, true) as Record<string, unknown>;
  if (given === undefined) {
    if (size === undefined) return { study: common };
    throw new UserError(`--size ${shown(size)}: ${source.name} has no sizes; leave --size out`);
  }
  const parsed = sizesSchema.safeParse(given);
  if (!parsed.success)
    throw new UserErrors(
      problemsOf(parsed.error, sizesSchema, given).problems.map(({ path, text }) => {
        const line = source.lineOf(['sizes', ...path]);
        return `${source.name}${line ? `:${line}` : ''}: ${['sizes', ...path].join('.')}: ${text}`;
      }),
    );
  const names = Object.keys(parsed.data);
  const usual = names.includes('mini') ? 'mini' : names[0];
  const chosen = size ?? usual;
  if (chosen === undefined || !Object.hasOwn(parsed.data, chosen))
    throw new UserError(
      names.length === 0
        ? `${source.name}: sizes: give at least one, e.g. mini: {tokens: 300000}`
        : `--size ${shown(String(chosen))}: ${source.name} has the sizes ${names.join(', ')}`,
    );
  const name = chosen === usual ? common.name : `${common.name}-${chosen}`;
  const over = writtenOut(studyFile, parsed.data[chosen] ?? {}, true);
  const merged = merge({ ...common, ...('name' in common ? { name } : {}) }, over) as object;
  return { study: 'experiment' in merged ? { ...merged, size: chosen } : merged, chosen };
}

/** Fields of `over` in place of those of `base`; objects are merged, everything else is replaced. */
function merge(base: unknown, over: unknown): unknown {
  if (!isFields(base) || !isFields(over)) return over;
  const all = { ...base };
  for (const [key, value] of Object.entries(over))
    put(all, key, Object.hasOwn(base, key) ? merge(base[key], value) : value);
  return all;
}
