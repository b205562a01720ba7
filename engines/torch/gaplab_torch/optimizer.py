"""One optimizer step: the rule of the run, which was handed over as expressions."""
import torch

from .expressions import Group

# Coordinates that are updated at once where each stands for itself, so that what
# is computed in between stays small.
CHUNK = 2**24


class Optimizer:
    def __init__(self, job, parameters, compiled=False):
        self.parameters = parameters
        sizes = [tensor["size"] for tensor in job["tensors"]]
        self.groups = [Group(group, [sizes[i] for i in group["tensors"]]) for group in job["groups"]]
        self.written = [group["buffers"] for group in job["groups"]]
        wrap = torch.compile if compiled else (lambda f: f)
        self.rules = [wrap(group.values) if group.elementwise else group.values for group in self.groups]

    @torch.no_grad()
    def step(self, numbers, grad_scale):
        """Updates all parameters; `numbers` are the uniforms of the step, `grad_scale`
        is a factor of the gradient."""
        numbers = {**numbers, "gradScale": grad_scale}
        vector = torch.tensor(list(numbers.values()), dtype=torch.float32).to(self.parameters.values.device)
        scalars = dict(zip(numbers, vector.unbind()))
        for group, span, state, rule, written in zip(
            self.groups, self.parameters.spans, self.parameters.state, self.rules, self.written
        ):
            whole = {"p": self.parameters.values[span], "g": self.parameters.grads[span], **state}
            size = CHUNK if group.elementwise else group.count
            for start in range(0, group.count, size):
                buffers = {name: buffer[start : start + size] for name, buffer in whole.items()}
                # All of them are computed from what was before the step, then written.
                values = rule(buffers, scalars, numbers if not group.elementwise else None)
                for name, value in zip(written, values):
                    buffers[name].copy_(value)
