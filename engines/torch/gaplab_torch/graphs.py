"""Small graphs of tensor operations, handed over as data: what a rule does to whole
matrices (src/graph/ops)."""
import torch


def _matmul(a, b, *plus, transA=False, transB=False, alpha=1, beta=1, outerA=False, outerB=False):
    if outerA or outerB:
        raise ValueError("matmul with rows outermost is not known here")
    product = alpha * torch.matmul(a.mT if transA else a, b.mT if transB else b)
    return product + beta * plus[0] if plus else product


OPERATIONS = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "sigmoid": torch.sigmoid,
    "atLeast": lambda x, floor: x.clamp(min=floor),
    "scale": lambda x, factor: x * factor,
    "offset": lambda x, by: x + by,
    "matmul": _matmul,
    "sum": lambda x, axes: x.sum(axes, keepdim=True) if axes else x,
    "expand": lambda x, shape: x.expand(shape),
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, perm: x.permute(perm),
    "softmax": lambda x: x.softmax(-1),
    "concat": lambda *xs, axis: torch.cat(xs, axis),
}


def run_graph(nodes, x):
    """The last of `nodes`, each of which names its operation, the places of its inputs and its attributes."""
    known = []
    for node in nodes:
        op, inputs, attributes = node["op"], [known[i] for i in node["inputs"]], node["attrs"]
        if op == "input":
            known.append(x)
        elif op == "fill":
            known.append(torch.full(attributes["shape"], attributes["value"], dtype=x.dtype, device=x.device))
        elif op == "constant":
            values = torch.tensor(attributes["values"], dtype=x.dtype, device=x.device)
            known.append(values.view(attributes["shape"]))
        elif op == "split":
            known.append(inputs[0].split(attributes["sizes"], attributes["axis"])[attributes["index"]])
        else:
            known.append(OPERATIONS[op](*inputs, **attributes))
    return known[-1]
