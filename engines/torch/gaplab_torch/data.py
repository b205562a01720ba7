"""Prepared data: the examples of a split as rows of integers, and the order in which
a run sees them (src/data)."""
import mmap

import torch

from .rng import Rng

TYPES = {"uint8": torch.uint8, "uint16": torch.uint16, "uint32": torch.uint32}


def open_shard(path, kind):
    """The ids of a shard as a tensor that lies in the file."""
    with open(path, "rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    return torch.frombuffer(memory, dtype=TYPES[kind])


class Windows:
    """Windows [i T, i T + T] of a shard of tokens."""

    def __init__(self, shard, facts):
        self.shard, self.length = shard, facts["seqLen"]
        self.count = (len(shard) - 1) // self.length

    def read(self, i, draw):
        """Example `i` as integers; `draw` gives a stream of random numbers, should anything be drawn."""
        start = i * self.length
        return self.shard[start : start + self.length + 1].long()


class Masked:
    """The tokens as the model sees them, then the positions of the masked ones,
    then their true ids (BERT)."""

    def __init__(self, shard, facts):
        self.windows, self.facts, self.count = Windows(shard, facts), facts, Windows(shard, facts).count

    def read(self, i, draw):
        facts, rng = self.facts, draw()
        ids = self.windows.read(i, draw)[:-1].tolist()
        order = list(range(len(ids)))
        for k in range(facts["masked"]):
            j = k + rng.below(len(ids) - k)
            order[k], order[j] = order[j], order[k]
        places = sorted(order[: facts["masked"]])
        truth = [ids[place] for place in places]
        for place in places:
            fate = rng.uniform()
            if fate < facts["asMask"]:
                ids[place] = facts["maskId"]
            elif fate < facts["asMask"] + facts["asOther"]:
                ids[place] = rng.below(facts["entries"])
        return torch.tensor(ids + places + truth)


class Images:
    """The pixels of patch after patch, then the class."""

    def __init__(self, shard, facts):
        self.side, self.patch = facts["side"], facts["patch"]
        self.records = shard[: len(shard) // (self.side**2 + 1) * (self.side**2 + 1)].view(-1, self.side**2 + 1)
        self.count = len(self.records)

    def read(self, i, draw):
        record = self.records[i].long()
        across = self.side // self.patch
        pixels = record[:-1].view(across, self.patch, across, self.patch).permute(0, 2, 1, 3)
        return torch.cat([pixels.reshape(-1), record[-1:]])


KINDS = {"tokens": Windows, "mlm": Masked, "classify": Images}


def open_examples(data, split):
    """The examples of `train` or `validation`."""
    return KINDS[data["examples"]["kind"]](open_shard(data[split], data["type"]), data["examples"])


class Sampler:
    """Sequence k is example perm_e(k mod W) of W, in epoch e = k // W, whatever the batch size is."""

    def __init__(self, examples, seed):
        self.examples, self.seed = examples, seed
        self.epoch, self.order = -1, []

    def rows(self, first, count):
        """Sequences first, first + 1, ... of the run, [count, width]."""
        return torch.stack([self._sequence(k) for k in range(first, first + count)])

    def _sequence(self, k):
        epoch, place = divmod(k, self.examples.count)
        if epoch != self.epoch:
            self.epoch, self.order = epoch, self._shuffled(epoch)
        return self.examples.read(self.order[place], lambda: Rng(self.seed, f"data/mask/{k}"))

    def _shuffled(self, epoch):
        rng = Rng(self.seed, f"data/epoch/{epoch}")
        order = list(range(self.examples.count))
        for i in range(len(order) - 1, 0, -1):
            j = rng.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def validation_rows(examples, places):
    """The examples at `places`, with the same masks in every run."""
    read = lambda i: examples.read(i, lambda: Rng(0, f"data/mask/validation/{i}"))
    return torch.stack([read(i) for i in places])
