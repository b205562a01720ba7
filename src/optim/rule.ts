// What an optimizer is here: named hyperparameters with reasons, zero-initialised f32 state buffers, scalars
// computed once per step in float64, and a pure rule for one coordinate. Everything
// that runs a rule (the fused kernel, the float64 oracle) takes its expressions from `updateExpressions`.
import type { ModelTensor, ParameterKind } from '../model/parameters.ts';
import { buffer, type Expr, factored, mul, scalar, sub, type TensorShape } from './expr.ts';

/** One hyperparameter: its default, where that comes from, and what is allowed. */
export interface HyperSpec {
  /** null: left out unless given (the rule then does without it). */
  default: number | null;
  /** Reason or source of the default. */
  why: string;
  /** Smallest and largest allowed value. */
  min?: number;
  max?: number;
  /** Exclusive upper bound (a momentum of 1 never forgets, and its bias correction divides by zero). */
  below?: number;
  /** Only whole numbers. */
  whole?: boolean;
  /** The only allowed values (switches are 0 or 1). */
  oneOf?: readonly number[];
  /** Another hyperparameter that this one stands in for when it is given. */
  replaces?: string;
  /** Values worth trying, for studies that tune it. */
  grid?: readonly number[];
}

/** One tensor of the exported model: where it lies in the flat buffers and what it is. */
export interface TensorSpec {
  kind: ParameterKind;
  /** Elements, and where they start in the flat buffers (in elements). */
  offset: number;
  size: number;
  shape: TensorShape;
}

/** What a rule may know of the tensor it is for. */
export type TensorFacts = Pick<TensorSpec, 'kind' | 'shape'>;

/** `count` coordinates about whose shape nothing is known. */
export const vectorOf = (count: number): TensorSpec => ({
  kind: 'mlp',
  offset: 0,
  size: count,
  shape: { matrix: false, rows: 1, columns: count },
});

/** `modelTensors(parameters(model))` as rules see them: matrices, and vectors. */
export const tensorsOf = (
  tensors: readonly Pick<ModelTensor, 'kind' | 'offset' | 'size' | 'shape'>[],
): TensorSpec[] =>
  tensors.map(({ kind, offset, size, shape }) => {
    const matrix = shape.length > 1;
    const columns = matrix ? shape[shape.length - 1] : size;
    return { kind, offset, size, shape: { matrix, rows: size / columns, columns } };
  });

/** Where a run stands at a step. */
export interface Moment<H extends string = string> {
  lr: number;
  /** From 0. */
  step: number;
  hyper: Record<H, number>;
  /** Training tokens before this step, and of this step. Only half-lives in tokens need to know. */
  tokens?: { seen: number; now: number };
  /** Micro-batches of the step, of rules that declare `squares`; 1 when left out. */
  microBatches?: number;
}

/**
 * State that the engine fills before a step: the sum of the squared gradients of micro-batches
 * of so many sequences.
 */
export interface Squares {
  buffer: string;
  sequences: number;
}

/** What a rule may read for one coordinate. */
export interface RuleInput<S extends string = string, U extends string = string> {
  /** The parameter before the step. */
  p: Expr;
  /**
   * The gradient, already averaged over micro-batches and clipped by its global norm (see `gradientScale`).
   */
  g: Expr;
  /** State buffers before the step; all zero before the first. */
  state: Record<S, Expr>;
  /** The uniforms that `scalars` computed for this step. */
  scalars: Record<U, Expr>;
}

export interface RuleOutput<S extends string = string> {
  /**
   * Direction: the parameter becomes p - lr * u. Kept apart from the step so that transforms can chain on it.
   */
  u: Expr;
  /** New value of every state buffer. */
  state: Partial<Record<S, Expr>>;
}

export interface OptimizerDef<
  H extends string = string,
  S extends string = string,
  U extends string = string,
> {
  name: string;
  /** One line for a table of optimizers. */
  summary: string;
  /** Where the rule comes from: equation, arXiv number. */
  source: string;
  hyper: Record<H, HyperSpec>;
  /** A sensible first peak learning rate for the `nano` model at the default hyperparameters. */
  lrGuess: number;
  /**
   * Names of the f32 buffers kept per parameter; may depend on the hyperparameters (no momentum, no buffer).
   */
  state(hyper: Record<H, number>): S[];
  /**
   * State in which the rule finds, for each coordinate, the squares of the gradients of the step's
   * micro-batches, added up (each gradient summed over its sequences, as the gradient buffer is).
   * The rule sets it to zero. Absent: the rule knows the mean gradient alone.
   */
  squares?(hyper: Record<H, number>): Squares[];
  /**
   * What the steps do when all gradients are multiplied by a positive number: the same `multiple` of them,
   * nothing (`invariant`, apart from an epsilon), or `neither`.
   */
  scaling: 'multiple' | 'invariant' | 'neither';
  /** Uniforms of one step, in float64: bias corrections and the like. Names are the same at every step. */
  scalars(at: Moment<H>): Record<U, number>;
  /**
   * The rule. `hyper` and the tensor decide its structure (a switch, a term that vanishes, a head treated
   * otherwise than a norm); values come in as scalars.
   */
  update(x: RuleInput<S, U>, hyper: Record<H, number>, tensor: TensorFacts): RuleOutput<S>;
}

/** Checks the names that the parts of a definition use against each other, then forgets them. */
export function defineOptimizer<H extends string, S extends string, U extends string>(
  def: OptimizerDef<H, S, U>,
): OptimizerDef {
  return def as OptimizerDef;
}

/** Names of buffers and scalars that exist for every optimizer. */
export const PARAM = 'p';
export const GRAD = 'g';
export const LR = 'lr';
export const GRAD_SCALE = 'gradScale';
export const stateBuffer = (name: string) => `state.${name}`;

export interface UpdateExpressions {
  /** Buffers that are written: the parameter, then the state. */
  buffers: string[];
  /** New value of each written buffer. */
  values: Expr[];
}

/**
 * The whole step of one coordinate: g <- gradScale * g, then the rule, then p <- p - lr * u.
 * `hyper` must be complete (`resolveHyper`). Throws when a definition contradicts itself.
 */
export function updateExpressions(
  def: OptimizerDef,
  hyper: Record<string, number>,
  tensor: TensorFacts = vectorOf(1),
): UpdateExpressions {
  const state = def.state(hyper);
  const scalars = Object.keys(def.scalars({ lr: 1, step: 0, hyper, tokens: { seen: 0, now: 1 } }));
  const p = buffer(PARAM);
  const out = def.update(
    {
      p,
      g: mul(scalar(GRAD_SCALE), buffer(GRAD)),
      state: Object.fromEntries(state.map((name) => [name, buffer(stateBuffer(name))])),
      scalars: Object.fromEntries(scalars.map((name) => [name, scalar(name)])),
    },
    hyper,
    tensor,
  );
  // A tensor may do without some of the state (the head's Adam keeps a buffer that the SGD
  // elsewhere does not).
  const written = state.filter((name) => out.state[name]);
  const undeclared = Object.keys(out.state).filter((name) => !state.includes(name));
  if (undeclared.length > 0)
    throw new Error(`${def.name}: the rule writes state [${undeclared}] but declares [${state}]`);
  // One multiplication per coordinate.
  const { factor, rest } = factored(out.u, 'tensor');
  const rate = factor ? mul(scalar(LR), factor) : scalar(LR);
  return {
    buffers: [PARAM, ...written.map(stateBuffer)],
    values: [sub(p, mul(rate, rest)), ...written.map((name) => out.state[name]!)],
  };
}

/** Tensors that follow the same expressions. */
export interface TensorGroup extends UpdateExpressions {
  tensors: TensorSpec[];
}

/**
 * Groups the tensors by what the rule does to them, in the order of their first members; measures
 * of scope `all` are over one group. Throws when a state buffer that the rule declares is written nowhere.
 */
export function tensorGroups(
  def: OptimizerDef,
  hyper: Record<string, number>,
  tensors: readonly TensorSpec[],
): TensorGroup[] {
  const groups = new Map<string, TensorGroup>();
  for (const tensor of tensors) {
    const expressions = updateExpressions(def, hyper, tensor);
    const key = JSON.stringify([expressions.buffers, expressions.values]);
    const group = groups.get(key);
    if (group) group.tensors.push(tensor);
    else groups.set(key, { ...expressions, tensors: [tensor] });
  }
  return [...groups.values()];
}
