// How optimizers are written: `adam`, `adam#sgd` (grafting), `sgd+adaptiveClip` (transforms, first to last),
// and `rest=sgd,head=adam` (hybrid; in brackets where transforms follow: `(rest=sgd,head=adam)+decay`).
import { UserError } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import type { ParameterKind } from '../model/parameters.ts';
import { graft } from './graft.ts';
import { hybrid, type ParameterGroup } from './hybrid.ts';
import type { OptimizerDef } from './rule.ts';
import { transformed } from './transform.ts';
import { transforms } from './transforms.ts';

const GROUPS: readonly ParameterGroup[] = ['rest', 'embedding', 'norm', 'attention', 'mlp', 'head'];

function pick<T>(what: string, name: string, from: Record<string, T>): T {
  if (Object.hasOwn(from, name)) return from[name];
  const names = Object.keys(from);
  const close = suggest(name, names);
  throw new UserError(
    `unknown ${what} "${name}": ${close ? `did you mean "${close}"? ` : ''}choose one of ${names.join(', ')}`,
  );
}

/** The rule that `name` spells, built of `bases`. Throws UserError when it does not spell one. */
export function composed(name: string, bases: Record<string, OptimizerDef>): OptimizerDef {
  const bracketed = /^\((.*)\)((?:\+[^+()]*)*)$/.exec(name);
  if (bracketed) return transformedBy(name, composed(bracketed[1], bases), bracketed[2].split('+').slice(1));
  return name.includes('=') ? groupsOf(name, bases) : chain(name, bases);
}

/** `base`, or `magnitude#direction`, and transforms after `+`. */
function chain(name: string, bases: Record<string, OptimizerDef>): OptimizerDef {
  const [head, ...tail] = name.split('+');
  const sides = head.split('#');
  if (sides.length > 2) throw new UserError(`optimizer "${name}": one # makes a graft, magnitude#direction`);
  const defs = sides.map((side) => pick('optimizer', side, bases));
  if (defs.length === 2 && defs[0] === defs[1])
    throw new UserError(
      `optimizer "${name}": grafting ${sides[0]} onto itself changes nothing; write ${sides[0]}`,
    );
  return transformedBy(name, defs.length === 2 ? graft(defs[0], defs[1]) : defs[0], tail);
}

function transformedBy(name: string, inner: OptimizerDef, names: readonly string[]): OptimizerDef {
  const all = names.reduce((def, t) => {
    const transform = pick('transform', t, transforms);
    const twice = Object.keys(transform.hyper).find((key) => Object.hasOwn(def.hyper, key));
    if (twice) throw new UserError(`optimizer "${name}": two of its parts have a "${twice}"; keep one`);
    return transformed(def, transform);
  }, inner);
  return { ...all, name };
}

function groupsOf(name: string, bases: Record<string, OptimizerDef>): OptimizerDef {
  const parts = name.split(',').map((part) => {
    const [group, rule, more] = part.split('=');
    if (!rule || more !== undefined)
      throw new UserError(`optimizer "${name}": write group=optimizer, e.g. rest=sgd,head=adam`);
    pick('parameter group', group, Object.fromEntries(GROUPS.map((g) => [g, g])));
    return [group as ParameterGroup, chain(rule, bases)] as const;
  });
  const given = parts.map(([group]) => group);
  if (new Set(given).size < given.length) throw new UserError(`optimizer "${name}": a group is named twice`);
  const missing = GROUPS.filter((group) => group !== 'rest' && !given.includes(group));
  if (!given.includes('rest') && missing.length > 0)
    throw new UserError(
      `optimizer "${name}": ${missing.join(', ')} have no optimizer; name them, or the rest (rest=sgd)`,
    );
  return hybrid(name, parts);
}

/**
 * Throws UserError when `name` gives an optimizer to a group that none of these tensors is in:
 * it would do nothing there.
 */
export function checkGroups(name: string, tensors: readonly { kind: ParameterKind }[]): void {
  const named = [...name.matchAll(/(\w+)=/g)].map(([, group]) => group);
  const empty = named.find((group) => group !== 'rest' && !tensors.some(({ kind }) => kind === group));
  if (empty)
    throw new UserError(
      `optimizer "${name}": this model has no parameters of group ${empty} (a tied embedding is in group head)`,
    );
}

/**
 * `{rest: sgd, head: adam}` as `rest=sgd,head=adam`, in one order whatever the order given,
 * so that equal wishes are equal names.
 */
export const hybridName = (groups: Record<string, string>): string =>
  Object.keys(groups)
    .sort((a, b) => GROUPS.indexOf(a as ParameterGroup) - GROUPS.indexOf(b as ParameterGroup))
    .map((group) => `${group}=${groups[group]}`)
    .join(',');
