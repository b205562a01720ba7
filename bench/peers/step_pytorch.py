"""Training steps of gaplab's model in PyTorch, eager or through torch.compile (`--compile`); see serve.py.

The model as one would write it for speed: one matrix for Q, K, V and one for gate and up, PyTorch's own rms_norm, rotary tables
computed once, gradients set to None. Ways tried at setup: attention by scaled_dot_product_attention or spelled out; the
optimizer as a loop, with foreach, fused; the batch whole or in micro-batches. With --compile the loss (forward and backward) is
compiled for fixed shapes with a C++ wrapper; clipping and update stay eager. (Measured and left out, being no faster and
minutes of compilation: no wrapper, a compiled update, max_autotune.)
"""
import math
import sys

import torch
import torch.nn.functional as F

import serve

COMPILE = "--compile" in sys.argv


class Block(torch.nn.Module):
    def __init__(self, take):
        super().__init__()
        self.attention_norm, self.qkv, self.out, self.mlp_norm, self.gate_up, self.down = (take() for _ in range(6))


class Model(torch.nn.Module):
    def __init__(self, setup, sdpa):
        super().__init__()
        c = setup["model"]
        self.heads, self.eps, self.sdpa = c["heads"], c["normEps"], sdpa
        values = iter(serve.initial(setup))
        take = lambda: torch.nn.Parameter(torch.from_numpy(next(values).copy()))
        self.embedding = take()
        self.blocks = torch.nn.ModuleList(Block(take) for _ in range(c["layers"]))
        self.norm, self.head = take(), take()
        width, t = c["dim"] // self.heads, c["seqLen"]
        angle = torch.outer(torch.arange(t).double(), c["ropeTheta"] ** (-torch.arange(0, width, 2).double() / width))
        self.register_buffer("cos", torch.cat([angle, angle], 1).cos().float())
        # The sign of the half-turn is in the table: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin).
        self.register_buffer("sin", torch.cat([-angle.sin(), angle.sin()], 1).float())
        self.register_buffer("mask", torch.full((t, t), float("-inf")).triu(1))

    def rotate(self, x):
        first, second = x.chunk(2, -1)
        return x * self.cos + torch.cat([second, first], -1) * self.sin

    def attention(self, x, block):
        b, t, d = x.shape
        q, k, v = F.linear(x, block.qkv).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k = self.rotate(q), self.rotate(k)
        if self.sdpa:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q * (1 / math.sqrt(q.shape[-1]))) @ k.transpose(-1, -2) + self.mask
            mixed = scores.softmax(-1) @ v
        return F.linear(mixed.transpose(1, 2).reshape(b, t, d), block.out)

    def forward(self, ids):
        """Mean loss of [sequences, T + 1] ids, nats per token."""
        x = F.embedding(ids[:, :-1], self.embedding)
        shape = x.shape[-1:]
        for block in self.blocks:
            x = x + self.attention(F.rms_norm(x, shape, block.attention_norm, self.eps), block)
            gate, up = F.linear(F.rms_norm(x, shape, block.mlp_norm, self.eps), block.gate_up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, block.down)
        logits = F.linear(F.rms_norm(x, shape, self.norm, self.eps), self.head)
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


def make_optimizer(setup, parameters, kind):
    how = {"foreach": False} if kind == "loop" else {kind: True}
    h, lr = setup["hyper"], setup["lr"]
    if setup["optimizer"] == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=h["momentum"], **how)
    assert setup["optimizer"] == "adam", f"no way to train with {setup['optimizer']}"
    return torch.optim.Adam(parameters, lr=lr, betas=(h["beta1"], h["beta2"]), eps=h["eps"], **how)


class Trainer:
    """One model; `step` can be asked to work in any of the ways, one after another."""

    def __init__(self, setup, sdpa):
        self.clip = setup["clip"]
        self.model = Model(setup, sdpa)
        self.parameters = list(self.model.parameters())
        self.batches = torch.from_numpy(serve.batches(setup)).long()
        self.taken = 0
        self.loss = self.model
        if COMPILE:
            self.loss = torch.compile(self.model, fullgraph=True, dynamic=False, options={"cpp_wrapper": True})

    def way(self, setup, recipe):
        """A function that takes a step by `recipe` and gives the loss."""
        parameters, clip, micro_batch = self.parameters, self.clip, recipe["piece"]
        optimizer = make_optimizer(setup, parameters, recipe["update"])
        loss_of = self.loss

        def step():
            batch = self.batches[self.taken % len(self.batches)]
            self.taken += 1
            optimizer.zero_grad(set_to_none=True)
            total = 0.0
            for piece in batch.split(micro_batch):
                loss = loss_of(piece)
                if len(piece) < len(batch):
                    loss = loss * (len(piece) / len(batch))
                loss.backward()
                total += loss.item()
            norm = torch.nn.utils.clip_grad_norm_(parameters, clip)
            optimizer.step()
            norm.item()
            return total

        return step


def pieces(setup):
    """Micro-batches worth trying: what fits the cache, and the whole batch unless
    it is much more than that."""
    batch, tokens = setup["batchSize"], setup["model"]["seqLen"]
    candidates = {max(1, 512 // tokens), max(1, 1024 // tokens), *([batch] if batch * tokens <= 2048 else [])}
    return sorted(p for p in candidates if p <= batch)


UPDATES = ("fused", "loop", "foreach")


def label(setup, recipe):
    piece = recipe["piece"]
    parts = ["sdpa" if recipe["sdpa"] else "plain", f"pieces of {piece}" if piece < setup["batchSize"] else "whole"]
    return ", ".join([*parts, f"{recipe['update']} update"])


def choose(setup):
    """The fastest recipe: first of attention, pieces and compilation, then of updates."""
    # A compilation takes long: spelled out, attention is the faster one for short sequences,
    # so the other is not compiled there.
    kinds = (False,) if COMPILE and setup["model"]["seqLen"] <= 128 else (True, False)
    trainers = {sdpa: Trainer(setup, sdpa) for sdpa in kinds}

    def quickest(recipes):
        name = serve.quickest([(label(setup, r), lambda r=r: trainers[r["sdpa"]].way(setup, r)) for r in recipes])
        return next(r for r in recipes if label(setup, r) == name)

    best = quickest([
        {"sdpa": sdpa, "piece": piece, "update": "fused"} for sdpa in kinds for piece in pieces(setup)
    ])
    return quickest([{**best, "update": update} for update in UPDATES])


def set_up(setup):
    torch.set_num_threads(setup["threads"])
    recipe = setup.get("recipe") or choose(setup)
    torch._dynamo.reset()
    trainer = Trainer(setup, recipe["sdpa"])
    with torch.no_grad():
        loss = trainer.model(trainer.batches[0]).item()
    return {"loss": loss, "way": label(setup, recipe), "recipe": recipe}, trainer.way(setup, recipe)


if __name__ == "__main__":
    # As gaplab does: values below 1e-38 count as zero.
    torch.set_flush_denormal(True)
    serve.serve({"PyTorch": torch.__version__}, set_up)
