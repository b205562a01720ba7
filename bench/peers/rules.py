"""The optimizers of a trace in PyTorch: those of torch.optim, and what gaplab puts together of them."""
import torch


def torch_rule(name, h):
    """A function from parameters to an optimizer of torch.optim, at learning rate 1."""
    if name == "sgd":
        return lambda parameters: torch.optim.SGD(
            parameters, lr=1.0, momentum=h["momentum"], dampening=h["dampening"],
            nesterov=bool(h["nesterov"]), weight_decay=h["weightDecay"],
        )
    if name in ("adam", "adamw"):
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
        return lambda parameters: kind(
            parameters, lr=1.0, betas=(h["beta1"], h["beta2"]), eps=h["eps"], weight_decay=h.get("weightDecay", 0)
        )
    if name == "adafactor":
        return lambda parameters: torch.optim.Adafactor(
            parameters, lr=1.0, beta2_decay=-h["decayRate"], eps=(h["eps1"], h["eps2"]), d=h["d"]
        )
    return None


def direction(name, h, parameters):
    """The direction of a rule that does not look at the parameters: where it takes
    zeros at learning rate 1."""
    copies = [torch.nn.Parameter(torch.zeros_like(p)) for p in parameters]
    optimizer = torch_rule(name, h)(copies)

    def of(gradients):
        for copy, gradient in zip(copies, gradients):
            copy.data.zero_()
            copy.grad = gradient.clone()
        optimizer.step()
        return [-copy.data for copy in copies]

    return of


def length(tensors):
    return torch.sqrt(sum((t.double() ** 2).sum() for t in tensors)).to(tensors[0].dtype)


def each(rule):
    """Layerwise: the same of every tensor by itself."""
    return lambda *lists: [out[0] for out in (rule(*([x] for x in xs)) for xs in zip(*lists))]


def graft(far, where, layerwise):
    """arXiv 2002.11803."""
    ratio = lambda m, d: [length(m) / length(d) * x for x in d]
    combine = each(ratio) if layerwise else ratio
    return lambda gradients: combine(far(gradients), where(gradients))


def nsgd(h):
    """arXiv 2002.03305, Algorithm 1."""
    buffers = []

    def rule(gradients):
        momentum = h["momentum"]
        buffers[:] = [momentum * m + (1 - momentum) * g for m, g in zip(buffers or [0] * len(gradients), gradients)]
        unit = lambda ms: [m / length(ms) for m in ms]
        return each(unit)(buffers) if h["layerwise"] else unit(buffers)

    return rule


def layer_clipped(inner, limit):
    """torch's own clipping, of every tensor by itself."""

    def rule(gradients):
        clipped = []
        for gradient in gradients:
            carrier = torch.nn.Parameter(torch.zeros_like(gradient))
            carrier.grad = gradient.clone()
            torch.nn.utils.clip_grad_norm_([carrier], limit)
            clipped.append(carrier.grad)
        return inner(clipped)

    return rule


class Composed:
    """Steps along what `rule` makes of the gradients; has as much of an optimizer's
    face as replay.py needs."""

    def __init__(self, parameters, rule):
        self.parameters, self.rule = parameters, rule
        self.param_groups = [{"lr": 1.0}]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        directions = self.rule([p.grad for p in self.parameters])
        with torch.no_grad():
            for p, u in zip(self.parameters, directions):
                p.sub_(self.param_groups[0]["lr"] * u)


def optimizer_of(config, parameters):
    """The optimizer of a run's configuration. Exits with a message for one that is not here."""
    name, h = config["optimizer"]["name"], config["optimizer"]["hyper"]
    parameters = list(parameters)
    made = torch_rule(name, h)
    if made:
        return made(parameters)
    if name == "nsgd":
        return Composed(parameters, nsgd(h))
    if name == "sgd+layerClip":
        return Composed(parameters, layer_clipped(direction("sgd", h, parameters), h["maxNorm"]))
    if "#" in name and "+" not in name:
        own = lambda side: {key[len(side) + 1 :]: value for key, value in h.items() if key.startswith(f"{side}.")}
        far, where = (direction(side, own(side), parameters) for side in name.split("#"))
        return Composed(parameters, graft(far, where, h["layerwise"]))
    raise SystemExit(f"optimizer {name} is not among those that can be replayed in PyTorch (rules.py)")
