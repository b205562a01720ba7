// From expressions that measure to passes that do not: what is measured of all coordinates
// is computed in passes of its own, before the pass that needs it, and stands there as a scalar.
import {
  abs,
  buffer,
  type Expr,
  factored,
  type Mask,
  type Measure,
  mul,
  scalar,
  type TensorMap,
} from './expr.ts';

/** A measure over expressions that a single pass can compute. */
export interface MeasureStep {
  /** The scalar that holds the result in later passes. */
  scalar: string;
  op: Measure['op'];
  scope: Measure['scope'];
  value: Expr;
  /** `value` as it reads before the buffers of its stage are written. */
  before: Expr;
  /** Of a quantile: an expression of scalars. */
  share?: Expr;
}

/** A tensor map: `value` is written into the scratch buffer, then mapped there. */
export interface MapStep {
  buffer: string;
  map: TensorMap;
  value: Expr;
}

export interface Stage {
  /** Norms, taken by the stage's pass. */
  norms: MeasureStep[];
  maps: MapStep[];
  /**
   * Buffers whose new values the stage computes anyway and nothing later needs the old values of:
   * written by its pass.
   */
  buffers: string[];
  values: Expr[];
  /** Quantiles, taken after that pass: they need several of their own. */
  quantiles: MeasureStep[];
}

export interface StagePlan {
  /** Passes to run in this order; each needs the results of those before it. Empty for most rules. */
  stages: Stage[];
  /** The last pass: the buffers that are left. */
  buffers: string[];
  values: Expr[];
  /** Further buffers, as long as the parameters; nothing need be kept in them between steps. */
  scratch: string[];
  /** Those of them that hold what would be dear to compute again. */
  kept: string[];
}

type ExprNode = Expr | Mask;

const argsOf = (node: ExprNode): readonly ExprNode[] => ('args' in node ? node.args : []);
const measured = (node: ExprNode): node is Measure | Extract<Expr, { op: 'map' }> =>
  node.op === 'norm' || node.op === 'rms' || node.op === 'quantile' || node.op === 'map';

/** Rebuilds expressions with `replace(node)` wherever that is not undefined; shared nodes stay shared. */
function rewriter(replace: (node: ExprNode) => Expr | undefined): <T extends ExprNode>(node: T) => T {
  const done = new Map<ExprNode, ExprNode>();
  const rewrite = <T extends ExprNode>(node: T): T => {
    const known = done.get(node);
    if (known) return known as T;
    let result: ExprNode | undefined = replace(node);
    if (!result) {
      const args = argsOf(node).map(rewrite);
      result = args.every((arg, i) => arg === argsOf(node)[i])
        ? node
        : ({ ...node, args } as unknown as ExprNode);
    }
    done.set(node, result);
    return result as T;
  };
  return rewrite;
}

function contains(nodes: readonly ExprNode[], wanted: (node: ExprNode) => boolean): boolean {
  const seen = new Set<ExprNode>();
  const visit = (node: ExprNode): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    return wanted(node) || argsOf(node).some(visit);
  };
  return nodes.some(visit);
}

/**
 * Dearer than a buffer: a division, a root or a choice by something that differs between coordinates;
 * and a sign, where it would be computed for each of several passes.
 */
const dear = (node: ExprNode, { op }: MeasureStep): boolean =>
  ['sqrt', 'div', 'select', ...(op === 'quantile' ? ['sign'] : [])].includes(node.op) &&
  buffersOf(node).size > 0;

/** Names of the buffers that nodes read. */
function buffersOf(...nodes: readonly ExprNode[]): Set<string> {
  const names = new Set<string>();
  contains(nodes, (node) => {
    if (node.op === 'buffer') names.add(node.name);
    return false;
  });
  return names;
}

/** |c x| is |c| |x|: a factor that is itself of a measure does not make the norm wait for another pass. */
function withoutFactors(values: readonly Expr[]): Expr[] {
  const rewrite = rewriter((node): Expr | undefined => {
    if (node.op !== 'norm' && node.op !== 'rms') return undefined;
    const { factor, rest } = factored(rewrite(node.args[0]), node.scope);
    return factor && mul(abs(factor), { ...node, args: [rest] });
  });
  return values.map((value) => rewrite(value));
}

/** Passes for writing `values` into `buffers`. All buffers are read as they were before the first pass. */
export function planStages({
  buffers,
  values: given,
}: {
  buffers: readonly string[];
  values: readonly Expr[];
}): StagePlan {
  const values = withoutFactors(given);
  const depths = new Map<ExprNode, number>();
  const depth = (node: ExprNode): number => {
    let d = depths.get(node);
    if (d === undefined) {
      d = Math.max(0, ...argsOf(node).map(depth)) + (measured(node) ? 1 : 0);
      depths.set(node, d);
    }
    return d;
  };
  const last = Math.max(0, ...values.map(depth));

  // 1. Measures and maps out, deepest inside first; equal ones are taken once.
  const byKey = new Map<string, { depth: number; step: MeasureStep | MapStep; stand: Expr }>();
  const takeOut = rewriter((node) => {
    if (!measured(node)) return undefined;
    const [value, share] = node.args.map((arg) => takeOut(arg));
    const key = JSON.stringify([node.op, node.op === 'map' ? node.map.name : node.scope, value, share]);
    let found = byKey.get(key);
    if (!found) {
      const name = `#${byKey.size}`;
      found =
        node.op === 'map'
          ? { depth: depth(node), step: { buffer: name, map: node.map, value }, stand: buffer(name) }
          : {
              depth: depth(node),
              step: { scalar: name, op: node.op, scope: node.scope, value, before: value, share },
              stand: scalar(name),
            };
      byKey.set(key, found);
    }
    return found.stand;
  });
  let rest = values.map((value) => takeOut(value));
  const steps = [...byKey.values()];
  const stages: Stage[] = Array.from({ length: last }, (_, d) => {
    const here = steps.filter((step) => step.depth === d + 1).map(({ step }) => step);
    const measures = here.filter((step) => 'scalar' in step);
    return {
      norms: measures.filter(({ op }) => op !== 'quantile'),
      maps: here.filter((step) => 'buffer' in step),
      buffers: [],
      values: [],
      quantiles: measures.filter(({ op }) => op === 'quantile'),
    };
  });

  // 2. What is measured and dear to compute (a division, a root) is kept for passes that need it again.
  const kept: string[] = [];
  stages.forEach((stage, d) => {
    for (const step of [...stage.norms, ...stage.quantiles]) {
      const { value } = step;
      const after = stages.slice(d + 1).flatMap((s) => [...s.norms, ...s.maps, ...s.quantiles]);
      const later = [...stage.quantiles, ...after];
      const again = contains([...rest, ...later.map((step) => step.value)], (node) => node === value);
      if (!again || !contains([value], (node) => dear(node, step))) continue;
      const name = `#kept${kept.length}`;
      const recall = rewriter((node) => (node === value ? buffer(name) : undefined));
      for (const step of later) {
        step.value = recall(step.value);
        if ('before' in step && !stage.quantiles.includes(step)) step.before = step.value;
      }
      rest = rest.map((one) => recall(one));
      stage.buffers.push(name);
      stage.values.push(value);
      kept.push(name);
    }
  });

  // 3. A stage that reads a buffer anyway writes its new values, if nobody after it reads the old ones.
  const open = new Set(buffers.keys());
  const ready = (k: number, d: number) => depth(values[k]) <= d;
  stages.forEach((stage, d) => {
    const own = [...stage.norms, ...stage.maps, ...stage.quantiles].map((step) =>
      'before' in step ? step.before : step.value,
    );
    const read = buffersOf(...own);
    for (const k of [...open]) {
      const name = buffers[k];
      if (!ready(k, d) || !buffersOf(rest[k]).isSubsetOf(read)) continue;
      const renew = rewriter((node) => (node === rest[k] ? buffer(name) : undefined));
      const after = stages.slice(d + 1);
      const later = [...stage.quantiles, ...after.flatMap((s) => [...s.norms, ...s.maps, ...s.quantiles])];
      const others = [...open].filter((other) => other !== k);
      const old = (node: ExprNode): boolean =>
        node !== rest[k] && (node.op === 'buffer' ? node.name === name : argsOf(node).some(old));
      const reading = [...later.map(({ value }) => value), ...after.flatMap(({ values }) => values)];
      if ([...reading, ...others.map((other) => rest[other])].some(old)) continue;
      for (const stage of after) stage.values = stage.values.map((value) => renew(value));
      for (const step of later) {
        step.value = renew(step.value);
        if ('before' in step && !stage.quantiles.includes(step)) step.before = step.value;
      }
      stage.buffers.push(name);
      stage.values.push(rest[k]);
      open.delete(k);
      rest = rest.map((value, other) => (other === k ? value : renew(value)));
    }
  });
  return {
    stages,
    buffers: [...open].map((k) => buffers[k]),
    values: [...open].map((k) => rest[k]),
    scratch: [...steps.flatMap(({ step }) => ('buffer' in step ? [step.buffer] : [])), ...kept],
    kept,
  };
}
