"""Squares of the gradients of micro-batches, for rules that ask for them (src/runtime/squares.ts)."""
import torch


class Squares:
    """Adds up gradients apart, and their squares into the optimizer's state.

    `wanted` says which state, and how many sequences make a micro-batch.
    """

    def __init__(self, wanted, parameters):
        self.sequences, self.grads = wanted["sequences"], parameters.grads
        self.sum = torch.zeros_like(parameters.grads)
        # A group holds the state that its rule reads.
        self.filled = [
            (state[f"state.{name}"], self.grads[span])
            for span, state in zip(parameters.spans, parameters.state)
            for name in wanted["buffers"]
            if f"state.{name}" in state
        ]

    def begin(self):
        self.sum.zero_()
        for squares, _ in self.filled:
            squares.zero_()

    def add(self):
        """Takes the gradient of a micro-batch, as a part of that of the batch."""
        self.sum += self.grads
        for squares, grad in self.filled:
            squares.addcmul_(grad, grad)

    def end(self):
        """Puts the sum into the place of the gradient. Gives what is to be added up over processes."""
        self.grads.copy_(self.sum)
        return [squares for squares, _ in self.filled]
