// An optimizer's rule as data: the expressions of every group of tensors, as a list of nodes.
// What evaluates them there has no rule of its own (engines/torch/gaplab_torch/expressions.py).
import type { Expr, Mask, TensorMap } from '../optim/expr.ts';
import { PARAM, type TensorGroup } from '../optim/rule.ts';
import { type MapJson, mapJson } from './map-json.ts';

export interface NodeJson {
  op: string;
  /** Places of earlier nodes. */
  args?: number[];
  /** Text where JSON has no such number. */
  value?: number | string;
  name?: string;
  scope?: string;
  /** Place among the maps of the group. */
  map?: number;
}

export interface GroupJson {
  /** Places of its tensors in the list of all. */
  tensors: number[];
  /** Buffers that are written: the parameter, then the state. */
  buffers: string[];
  /** State that is read or written. */
  state: string[];
  nodes: NodeJson[];
  /** Which node is the new value of each written buffer. */
  values: number[];
  maps: MapJson[];
}

const numberJson = (value: number): number | string =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0.0' : String(value);

/** Equal expressions become one node. `places` are those of the group's tensors in the list of all. */
export function groupJson(group: TensorGroup, places: number[]): GroupJson {
  const nodes: NodeJson[] = [];
  const known = new Map<string, number>();
  const seen = new Map<Expr | Mask, number>();
  const maps: TensorMap[] = [];
  const mapPlace = (map: TensorMap): number => {
    const at = maps.findIndex(({ name }) => name === map.name);
    return at < 0 ? maps.push(map) - 1 : at;
  };
  const nodeOf = (e: Expr | Mask): NodeJson => ({
    op: e.op,
    ...('args' in e ? { args: e.args.map(visit) } : {}),
    ...('value' in e ? { value: numberJson(e.value) } : {}),
    ...('name' in e ? { name: e.name } : {}),
    ...('scope' in e ? { scope: e.scope } : {}),
    ...('map' in e ? { map: mapPlace(e.map) } : {}),
  });
  const visit = (e: Expr | Mask): number => {
    let at = seen.get(e);
    if (at !== undefined) return at;
    const node = nodeOf(e);
    const key = JSON.stringify(node);
    at = known.get(key) ?? nodes.push(node) - 1;
    known.set(key, at);
    seen.set(e, at);
    return at;
  };
  const values = group.values.map(visit);
  const read = nodes.flatMap(({ op, name }) => (op === 'buffer' ? [name!] : []));
  const state = [...new Set([...read, ...group.buffers])].filter((name) => name.startsWith('state.'));
  if (group.buffers[0] !== PARAM) throw new Error('a rule writes the parameter first');
  return {
    ...{ tensors: places, buffers: group.buffers, state, nodes, values },
    maps: maps.map((map) => mapJson(map, group.tensors)),
  };
}
