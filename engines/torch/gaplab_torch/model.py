"""The Transformer of docs/models.md, built on weights that lie elsewhere."""
import torch.nn.functional as F
from torch import nn

from .layers import MLPS, NORMS, POSITIONS
from .objectives import OBJECTIVES


class Attention(nn.Module):
    def __init__(self, take, name, config, causal):
        super().__init__()
        self.q, self.k, self.v, self.out = (take(f"{name}.{part}_proj.weight") for part in "qkvo")
        self.heads, self.causal = config["heads"], causal

    def forward(self, x, turn):
        split = lambda weight: F.linear(x, weight).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = split(self.q), split(self.k), split(self.v)
        # Angles are float32, and would make queries and keys so, too.
        q, k = turn(q).to(v.dtype), turn(k).to(v.dtype)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return F.linear(mixed.transpose(1, 2).flatten(2), self.out)


class Block(nn.Module):
    def __init__(self, take, name, config, causal):
        super().__init__()
        norm, mlp = NORMS[config.get("norm", "rmsnorm")], MLPS[config.get("mlp", "swiglu")]
        self.post = config.get("normPlace") == "post"
        self.attention_norm = norm(take, f"{name}.input_layernorm", config)
        self.attention = Attention(take, f"{name}.self_attn", config, causal)
        self.mlp_norm = norm(take, f"{name}.post_attention_layernorm", config)
        self.mlp = mlp(take, f"{name}.mlp", config)

    def forward(self, x, turn):
        if self.post:
            x = self.attention_norm(x + self.attention(x, turn))
            fed, penalty = self.mlp(x)
            return self.mlp_norm(x + fed), penalty
        x = x + self.attention(self.attention_norm(x), turn)
        fed, penalty = self.mlp(self.mlp_norm(x))
        return x + fed, penalty


class Transformer(nn.Module):
    """`weights` are the parameters by their names in files; every one of them has to find its place."""

    def __init__(self, config, facts, weights):
        super().__init__()
        left = dict(weights)
        take = left.pop
        device = next(iter(weights.values())).device
        self.objective = OBJECTIVES[facts["kind"]](take, facts)
        self.positions = POSITIONS[config.get("positions", "rotary")](take, config, device)
        self.blocks = nn.ModuleList(
            Block(take, f"model.layers.{i}", config, self.objective.causal) for i in range(config["layers"])
        )
        post, tied = config.get("normPlace") == "post", config.get("embeddings") == "tied"
        self.norm = nn.Identity() if post else NORMS[config.get("norm", "rmsnorm")](take, "model.norm", config)
        self.head = self.objective.table if tied else take("lm_head.weight")
        if left:
            raise ValueError(f"the model has no place for {', '.join(left)}")

    def logits(self, rows):
        """Of every prediction, [B, predictions, V], and the penalty that training adds to the loss,
        if there is one."""
        x = self.positions.place(self.objective.embed(rows))
        penalty = None
        for block in self.blocks:
            x, more = block(x, self.positions.turn)
            if more is not None:
                penalty = more if penalty is None else penalty + more
        x = self.norm(x)
        return F.linear(self.objective.select(x, rows), self.head), penalty

    def forward(self, rows):
        """Mean cross-entropy of the rows, nats per prediction, and what training minimises."""
        logits, penalty = self.logits(rows)
        loss = F.cross_entropy(logits.flatten(0, 1).float(), self.objective.targets(rows).flatten())
        return loss, loss if penalty is None else loss + penalty

    def right(self, rows):
        """Share of the rows whose class gets the highest probability."""
        return (self.logits(rows)[0].argmax(-1) == self.objective.targets(rows)).float().mean()
