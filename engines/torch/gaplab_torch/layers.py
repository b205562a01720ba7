"""The layers that a model is built of (docs/models.md). Each takes its weights by their
names in the model's files."""
import torch
import torch.nn.functional as F
from torch import nn


class RmsNorm(nn.Module):
    def __init__(self, take, name, config):
        super().__init__()
        self.scale, self.eps = take(f"{name}.weight"), config["normEps"]

    def forward(self, x):
        return F.rms_norm(x, x.shape[-1:], self.scale, self.eps)


class LayerNorm(nn.Module):
    def __init__(self, take, name, config):
        super().__init__()
        self.scale, self.bias, self.eps = take(f"{name}.weight"), take(f"{name}.bias"), config["normEps"]

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.scale, self.bias, self.eps)


class Swiglu(nn.Module):
    def __init__(self, take, name, config):
        super().__init__()
        self.gate, self.up, self.down = (take(f"{name}.{part}_proj.weight") for part in ("gate", "up", "down"))

    def forward(self, x):
        """The output, and what training adds to the loss."""
        return F.linear(F.silu(F.linear(x, self.gate)) * F.linear(x, self.up), self.down), None


class Gelu(nn.Module):
    def __init__(self, take, name, config):
        super().__init__()
        self.up, self.down = take(f"{name}.up_proj.weight"), take(f"{name}.down_proj.weight")

    def forward(self, x):
        return F.linear(F.gelu(F.linear(x, self.up)), self.down), None


class Mixture(nn.Module):
    """Every expert computes every token, side by side as one wide MLP; those that were
    not chosen weigh nothing."""

    def __init__(self, take, name, config):
        super().__init__()
        self.experts, self.top, self.balance = config["experts"], config["topK"], config.get("balance")
        self.router = take(f"{name}.router.weight")
        part = lambda which: nn.ParameterList(
            take(f"{name}.experts.{e}.{which}_proj.weight") for e in range(self.experts)
        )
        self.gate, self.up, self.down = part("gate"), part("up"), part("down")
        # Of equal scores that of the earlier expert counts as larger: [own, rival].
        earlier = torch.ones(self.experts, self.experts).tril(-1).bool()
        self.register_buffer("earlier", earlier.to(self.router.device), persistent=False)

    def forward(self, x):
        # A choice should not hang on the rounding of 16 bits.
        with torch.autocast(x.device.type, enabled=False):
            scores = F.linear(x.float(), self.router)
            shares = scores.softmax(-1)
        rival, own = scores.unsqueeze(-2), scores.unsqueeze(-1)
        chosen = ((rival > own) | ((rival == own) & self.earlier)).sum(-1) < self.top
        wide = lambda weights, axis: torch.cat(list(weights), axis)
        hidden = F.silu(F.linear(x, wide(self.gate, 0))) * F.linear(x, wide(self.up, 0))
        weighed = hidden.unflatten(-1, (self.experts, -1)) * (shares * chosen).unsqueeze(-1)
        out = F.linear(weighed.flatten(-2), wide(self.down, 1))
        return out, None if self.balance is None else self.balance * self._imbalance(shares, chosen)

    def _imbalance(self, shares, chosen):
        """experts * sum of (share of the choices) (mean share), of each sequence alone:
        1 where all are used alike."""
        sequences, length, _ = shares.shape
        both = (chosen.sum(1) * shares.sum(1)).sum()
        return both * (self.experts / (self.top * length**2 * sequences))


class Rotary(nn.Module):
    """Queries and keys [..., T, d] turn with their position."""

    def __init__(self, take, config, device):
        super().__init__()
        half = config["dim"] // config["heads"] // 2
        rates = config["ropeTheta"] ** (-torch.arange(half, dtype=torch.float64) / half)
        angles = torch.outer(torch.arange(config["seqLen"], dtype=torch.float64), rates)
        self.register_buffer("cos", angles.cos().float().to(device), persistent=False)
        self.register_buffer("sin", angles.sin().float().to(device), persistent=False)

    def place(self, x):
        return x

    def turn(self, x):
        a, b = x.chunk(2, -1)
        return torch.cat([a * self.cos - b * self.sin, b * self.cos + a * self.sin], -1)


class Learned(nn.Module):
    """A vector for each position, added to the embedded tokens."""

    def __init__(self, take, config, device):
        super().__init__()
        self.table = take("model.embed_positions.weight")

    def place(self, x):
        return x + self.table

    def turn(self, x):
        return x


NORMS = {"rmsnorm": RmsNorm, "layernorm": LayerNorm}
MLPS = {"swiglu": Swiglu, "gelu": Gelu, "moe": Mixture}
POSITIONS = {"rotary": Rotary, "learned": Learned}
