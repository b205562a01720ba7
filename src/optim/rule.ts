// What an optimizer is here: named hyperparameters with reasons, zero-initialised f32 state buffers, scalars
// computed once per step in float64, and a pure rule for one coordinate. Everything that runs a rule (the fused
// kernel, the float64 oracle) takes its expressions from `updateExpressions`.
import { buffer, type Expr, mul, scalar, sub } from './expr.ts';

/** One hyperparameter: its default, where that comes from, and what is allowed. */
export interface HyperSpec {
  default: number;
  /** Reason or source of the default. */
  why: string;
  /** Smallest and largest allowed value. */
  min?: number;
  max?: number;
  /** Exclusive upper bound (a momentum of 1 never forgets, and its bias correction divides by zero). */
  below?: number;
  /** The only allowed values (switches are 0 or 1). */
  oneOf?: readonly number[];
}

/** What a rule may read for one coordinate. */
export interface RuleInput<S extends string = string, U extends string = string> {
  /** The parameter before the step. */
  p: Expr;
  /** The gradient, already averaged over micro-batches and clipped by its global norm (see `gradientScale`). */
  g: Expr;
  /** State buffers before the step; all zero before the first. */
  state: Record<S, Expr>;
  /** The uniforms that `scalars` computed for this step. */
  scalars: Record<U, Expr>;
}

export interface RuleOutput<S extends string = string> {
  /** Direction: the parameter becomes p - lr * u. Kept apart from the step so that transforms can chain on it. */
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
  /** Names of the f32 buffers kept per parameter; may depend on the hyperparameters (no momentum, no buffer). */
  state(hyper: Record<H, number>): S[];
  /** Uniforms of one step (0-based), in float64: bias corrections and the like. Names are the same at every step. */
  scalars(at: { lr: number; step: number; hyper: Record<H, number> }): Record<U, number>;
  /** The rule. `hyper` decides its structure (a switch, a term that vanishes); values come in as scalars. */
  update(x: RuleInput<S, U>, hyper: Record<H, number>): RuleOutput<S>;
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
const stateBuffer = (name: string) => `state.${name}`;

export interface UpdateExpressions {
  /** State names, in the order of `buffers` and `values` after the parameter. */
  state: string[];
  /** Buffers that are written: the parameter, then the state. */
  buffers: string[];
  /** New value of each written buffer. */
  values: Expr[];
}

/**
 * The whole step of one coordinate: g <- gradScale * g, then the rule, then p <- p - lr * u.
 * `hyper` must be complete (`resolveHyper`). Throws when a definition contradicts itself.
 */
export function updateExpressions(def: OptimizerDef, hyper: Record<string, number>): UpdateExpressions {
  const state = def.state(hyper);
  const scalars = Object.keys(def.scalars({ lr: 1, step: 0, hyper }));
  const p = buffer(PARAM);
  const out = def.update(
    {
      p,
      g: mul(scalar(GRAD_SCALE), buffer(GRAD)),
      state: Object.fromEntries(state.map((name) => [name, buffer(stateBuffer(name))])),
      scalars: Object.fromEntries(scalars.map((name) => [name, scalar(name)])),
    },
    hyper,
  );
  const written = Object.keys(out.state).sort();
  if (written.join() !== [...state].sort().join())
    throw new Error(`${def.name}: the rule writes state [${written}] but declares [${state}]`);
  return {
    state,
    buffers: [PARAM, ...state.map(stateBuffer)],
    values: [sub(p, mul(scalar(LR), out.u)), ...state.map((name) => out.state[name]!)],
  };
}
