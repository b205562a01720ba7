"""What a model predicts: how rows of integers become inputs, which activations predict,
and what the targets are."""
import torch.nn.functional as F
from torch import nn


class NextToken(nn.Module):
    """The next token at every position, from those up to it."""

    causal = True

    def __init__(self, take, facts):
        super().__init__()
        self.table = take("model.embed_tokens.weight")

    def embed(self, rows):
        """What enters the first layer, [B, T, D]."""
        return F.embedding(rows[:, :-1], self.table)

    def select(self, x, rows):
        """The activations that predict."""
        return x

    def targets(self, rows):
        return rows[:, 1:]


class MaskedTokens(nn.Module):
    """The tokens that are masked, from all others."""

    causal = False

    def __init__(self, take, facts):
        super().__init__()
        self.table = take("model.embed_tokens.weight")
        self.length, self.masked = facts["seqLen"], facts["masked"]

    def embed(self, rows):
        return F.embedding(rows[:, : self.length], self.table)

    def select(self, x, rows):
        places = rows[:, self.length : self.length + self.masked]
        return x.gather(1, places.unsqueeze(-1).expand(-1, -1, x.shape[-1]))

    def targets(self, rows):
        return rows[:, self.length + self.masked :]


class Classify(nn.Module):
    """The class of an image, from the mean over its patches."""

    causal = False

    def __init__(self, take, facts):
        super().__init__()
        self.table = take("model.embed_patches.weight")
        self.values = facts["patch"] ** 2

    def embed(self, rows):
        pixels = rows[:, :-1].float() / 127.5 - 1
        return F.linear(pixels.unflatten(1, (-1, self.values)), self.table)

    def select(self, x, rows):
        return x.mean(1, keepdim=True)

    def targets(self, rows):
        return rows[:, -1:]


OBJECTIVES = {"tokens": NextToken, "mlm": MaskedTokens, "classify": Classify}
