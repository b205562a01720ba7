"""Parameters, gradients and optimizer state: flat float32 buffers, the tensors of a group
one after the other."""
import torch
from torch import nn


class Parameters:
    """The tensors of the model in the order of the groups that rules have made of them."""

    def __init__(self, tensors, groups, device):
        self.tensors, self.groups = tensors, groups
        order = [i for group in groups for i in group["tensors"]]
        sizes = [tensor["size"] for tensor in tensors]
        self.starts, count = {}, 0
        for i in order:
            self.starts[i], count = count, count + sizes[i]
        new = lambda: torch.zeros(count, dtype=torch.float32, device=device)
        self.values, self.grads = new(), new()
        self.spans, self.state, start = [], [], 0
        for group in groups:
            size = sum(sizes[i] for i in group["tensors"])
            self.spans.append(slice(start, start + size))
            self.state.append({name: torch.zeros(size, device=device) for name in group["state"]})
            start += size
        self.weights = {tensor["name"]: self._weight(i) for i, tensor in enumerate(tensors)}

    def view(self, i, flat, start=0):
        """Tensor `i` in a flat buffer that begins at coordinate `start`."""
        tensor, at = self.tensors[i], self.starts[i] - start
        return flat[at : at + tensor["size"]].view(tensor["shape"])

    def _weight(self, i):
        weight = nn.Parameter(self.view(i, self.values))
        weight.grad = self.view(i, self.grads)
        return weight

    def state_of(self, name):
        """Buffer `name` of all tensors, by their places; where a rule does without it there is None."""
        found = dict.fromkeys(range(len(self.tensors)))
        for group, span, state in zip(self.groups, self.spans, self.state):
            if name in state:
                for i in group["tensors"]:
                    found[i] = self.view(i, state[name], span.start)
        return found
