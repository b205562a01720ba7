"""A rule's expressions, handed over as data, evaluated with torch operations over a group of tensors.

A value is a number for each coordinate (a flat tensor) or one for all of them (a tensor without axes). Nodes come in
the order in which they can be computed; `args` are places of earlier ones. What they mean is said in src/optim/expr.ts.
"""
import math

import torch

from .graphs import run_graph


def _sign(x):
    """A NaN stays NaN: divergence cannot hide behind a sign."""
    return torch.where(x > 0, 1.0, torch.where(x < 0, -1.0, x))


def _sqrt(x):
    """Correctly rounded. On a processor torch.sqrt is not (MKL): one value in 300 is the next one.
    The float64 root has enough digits for the float32 one."""
    return x.double().sqrt().to(x.dtype) if x.device.type == "cpu" else x.sqrt()


ELEMENTWISE = {
    "neg": torch.neg,
    "sqrt": _sqrt,
    "abs": torch.abs,
    "sign": _sign,
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "min": torch.minimum,
    "max": torch.maximum,
    # The first operand unless the second is beyond it: a bound that is NaN does not bind.
    "pmin": lambda a, b: torch.where(b < a, b, a),
    "pmax": lambda a, b: torch.where(a < b, b, a),
    "lt": torch.lt,
    "le": torch.le,
    "gt": torch.gt,
    "eq": torch.eq,
    "select": torch.where,
}
MEASURES = ("norm", "rms", "quantile", "map")


def is_elementwise(nodes):
    """Whether every coordinate can be computed without the others."""
    return not any(node["op"] in MEASURES for node in nodes)


def length(x):
    """Euclidean norm, added up in float64."""
    return torch.linalg.vector_norm(x, dtype=torch.float64).float()


def quantile(x, share):
    """The share-quantile of |x| by nearest rank; a NaN counts as the largest."""
    count = x.numel()
    place = share * count
    whole = round(place)
    # 1 - 0.7 is a rounding above 0.3: of 10 values it means the third, not the fourth.
    rank = whole if abs(place - whole) <= 1e-12 * count else math.ceil(place)
    return x.abs().kthvalue(min(count, max(1, rank))).values


class Group:
    """Tensors that follow the same expressions, one after the other in a flat buffer."""

    def __init__(self, group, sizes):
        self.nodes, self.outputs, self.maps = group["nodes"], group["values"], group["maps"]
        self.sizes, self.count = sizes, sum(sizes)
        self.elementwise = is_elementwise(self.nodes)

    def values(self, buffers, scalars, numbers):
        """The new value of each written buffer.

        `scalars` are tensors, `numbers` the same on the host: the share of a quantile needs all its digits.
        """
        known = []
        for node in self.nodes:
            known.append(self._compute(node, known, buffers, scalars, numbers))
        return [known[i] for i in self.outputs]

    def _compute(self, node, known, buffers, scalars, numbers):
        op, args = node["op"], [known[i] for i in node.get("args", ())]
        if op == "const":
            some = next(iter(buffers.values()))
            return torch.full((), float(node["value"]), dtype=some.dtype, device=some.device)
        if op == "scalar":
            return scalars[node["name"]]
        if op == "buffer":
            return buffers[node["name"]]
        if op in ELEMENTWISE:
            return ELEMENTWISE[op](*args)
        if op == "map":
            return self._map(self.maps[node["map"]], args[0])
        return self._measure(node, self._whole(args[0]), numbers)

    def _whole(self, x):
        return x if x.dim() else x.expand(self.count)

    def _measure(self, node, x, numbers):
        op = node["op"]
        if op == "quantile":
            share = self._number(node["args"][1], numbers)
            of = lambda part: quantile(part, share)
        elif op == "norm":
            of = length
        else:
            of = lambda part: length(part) / part.numel() ** 0.5
        if node["scope"] == "all":
            return of(x)
        # A number for each tensor, repeated for its coordinates.
        return torch.cat([of(part).expand(part.numel()) for part in x.split(self.sizes)])

    def _map(self, shapes, x):
        """Whole tensors to whole tensors, those of one shape at once."""
        parts = list(self._whole(x).split(self.sizes))
        for shape in shapes:
            size = (shape["rows"], shape["columns"])
            stack = torch.stack([parts[i].view(size) for i in shape["tensors"]])
            for i, mapped in zip(shape["tensors"], run_graph(shape["graph"], stack)):
                parts[i] = mapped.reshape(-1)
        return torch.cat(parts)

    def _number(self, at, numbers):
        """An expression over scalars alone, in float64."""
        node = self.nodes[at]
        if node["op"] == "const":
            return float(node["value"])
        if node["op"] == "scalar":
            return numbers[node["name"]]
        args = [torch.tensor(self._number(i, numbers), dtype=torch.float64) for i in node["args"]]
        return ELEMENTWISE[node["op"]](*args).item()
