// Which optimizers can be handed over: all but those that ask the engine for more than a gradient.
import { UserError } from '../core/errors.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';

/**
 * Whether the rule asks for squares of the gradients of micro-batches, which the trainer
 * in PyTorch does not add up.
 */
export const needsSquares = (name: string, hyper: Record<string, number> = resolveHyper(name)): boolean =>
  (optimizer(name).squares?.(hyper) ?? []).length > 0;

/** Throws UserError for an optimizer that cannot be handed over. */
export function checkHandedOver(name: string, hyper: Record<string, number>): void {
  if (needsSquares(name, hyper))
    throw new UserError(
      `optimizer "${name}" needs squares of the gradients of micro-batches, which PyTorch is not asked for: train it without --engine torch`,
    );
}
