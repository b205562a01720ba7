"""Times training steps of gaplab's model in PyTorch eager. Driven by bench/step.ts; one JSON value per line each way.

    {"setup": {...}}  -> {"variant": "...", "parameters": n}   builds the model in the fastest of the variants below
    {"run": n}        -> {"ms": x}                               mean milliseconds of n steps

The model as one would write it for speed: one matrix for Q, K, V and one for gate and up, PyTorch's own rms_norm, rotary tables
computed once, gradients set to None. Variants tried at setup: attention by scaled_dot_product_attention or spelled out; the
optimizer as a loop, with foreach, fused; the batch whole or in micro-batches.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

BATCHES = 8


class Block(torch.nn.Module):
    def __init__(self, d, hidden, std, residual_std):
        super().__init__()
        self.attention_norm = torch.nn.Parameter(torch.ones(d))
        self.qkv = torch.nn.Parameter(std * torch.randn(3 * d, d))
        self.out = torch.nn.Parameter(residual_std * torch.randn(d, d))
        self.mlp_norm = torch.nn.Parameter(torch.ones(d))
        self.gate_up = torch.nn.Parameter(std * torch.randn(2 * hidden, d))
        self.down = torch.nn.Parameter(residual_std * torch.randn(d, hidden))


class Model(torch.nn.Module):
    def __init__(self, c, sdpa):
        super().__init__()
        d, self.heads, self.eps, self.sdpa = c["dim"], c["heads"], c["normEps"], sdpa
        std = c["initStd"]
        self.embedding = torch.nn.Parameter(std * torch.randn(c["vocabSize"], d))
        self.blocks = torch.nn.ModuleList(
            Block(d, c["ffnDim"], std, std / math.sqrt(2 * c["layers"])) for _ in range(c["layers"])
        )
        self.norm = torch.nn.Parameter(torch.ones(d))
        self.head = torch.nn.Parameter(std * torch.randn(c["vocabSize"], d))
        width, t = d // self.heads, c["seqLen"]
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

    def loss(self, ids):
        x = F.embedding(ids[:, :-1], self.embedding)
        shape = x.shape[-1:]
        for block in self.blocks:
            x = x + self.attention(F.rms_norm(x, shape, block.attention_norm, self.eps), block)
            gate, up = F.linear(F.rms_norm(x, shape, block.mlp_norm, self.eps), block.gate_up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, block.down)
        logits = F.linear(F.rms_norm(x, shape, self.norm, self.eps), self.head)
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


class Trainer:
    def __init__(self, setup, sdpa, kind, micro_batch):
        torch.manual_seed(1)
        config, batch = setup["model"], setup["batchSize"]
        self.clip, self.micro_batch = setup["clip"], micro_batch
        self.model = Model(config, sdpa)
        self.parameters = list(self.model.parameters())
        how = {"foreach": False} if kind == "loop" else {kind: True}
        h, lr = setup["hyper"], setup["lr"]
        if setup["optimizer"] == "sgd":
            self.optimizer = torch.optim.SGD(self.parameters, lr=lr, momentum=h["momentum"], **how)
        else:
            betas = (h["beta1"], h["beta2"])
            self.optimizer = torch.optim.Adam(self.parameters, lr=lr, betas=betas, eps=h["eps"], **how)
        self.batches = torch.randint(config["vocabSize"], (BATCHES, batch, config["seqLen"] + 1))
        self.variant = f"{'sdpa' if sdpa else 'plain'}, {kind}" + (f", pieces of {micro_batch}" if micro_batch < batch else "")
        self.taken = 0

    def step(self):
        batch = self.batches[self.taken % BATCHES]
        self.taken += 1
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for piece in batch.split(self.micro_batch):
            loss = self.model.loss(piece) * (len(piece) / len(batch)) if len(piece) < len(batch) else self.model.loss(piece)
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.optimizer.step()
        return total, norm.item()

    def run(self, steps):
        started = time.perf_counter()
        for _ in range(steps):
            loss, _ = self.step()
        assert math.isfinite(loss)
        return 1000 * (time.perf_counter() - started) / steps


def quickest(trainers):
    """The trainer with the least median time; all take turns, so that a busy moment hits each of them alike."""
    for trainer in trainers:
        trainer.run(3)
    times = [[] for _ in trainers]
    for _ in range(7):
        for trainer, list_ in zip(trainers, times):
            list_.append(trainer.run(2))
    medians = [sorted(list_)[len(list_) // 2] for list_ in times]
    return trainers[medians.index(min(medians))]


def set_up(setup):
    torch.set_num_threads(setup["threads"])
    batch = setup["batchSize"]
    pieces = sorted({batch, *(p for p in (8, 16) if p < batch)})
    best = quickest([Trainer(setup, sdpa, "fused", p) for sdpa in (True, False) for p in pieces])
    kinds = [Trainer(setup, best.model.sdpa, kind, best.micro_batch) for kind in ("loop", "foreach", "fused")]
    return quickest(kinds)


def main():
    # As gaplab does: values below 1e-38 count as zero.
    torch.set_flush_denormal(True)
    trainer = None
    print(json.dumps({"torch": torch.__version__, "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "setup" in request:
            trainer = set_up(request["setup"])
            count = sum(p.numel() for p in trainer.parameters)
            answer = {"variant": trainer.variant, "parameters": count}
        else:
            answer = {"ms": trainer.run(request["run"])}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
