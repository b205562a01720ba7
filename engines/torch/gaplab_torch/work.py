"""Loss and gradients of a batch, and losses of the validation split: what one step of training is made of."""
import contextlib

import torch

from .data import Sampler, open_examples, validation_rows
from .model import Transformer
from .squares import Squares


class Work:
    """The model at the parameters of the run, with its data."""

    def __init__(self, job, parameters, ranks):
        config, data = job["config"], job["data"]
        self.parameters, self.ranks, self.device = parameters, ranks, parameters.values.device
        self.micro_batch, self.squares = config["microBatch"], None
        if job["squares"]:
            self.squares = Squares(job["squares"], parameters)
        self.train = Sampler(open_examples(data, "train"), config["seed"])
        self.validation, self.places = open_examples(data, "validation"), data["places"]
        model = Transformer(config["model"], data["examples"], parameters.weights)
        self.model, self.right = model, model.right
        self.forward = torch.compile(model) if job["compile"] else model
        self.half = job["dtype"] == "bfloat16"

    def _precision(self):
        if not self.half:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _pieces(self, rows):
        return (part.to(self.device, non_blocking=True) for part in rows.split(self.micro_batch))

    def gradient(self, first, size, flags=()):
        """The gradient of the mean loss over the sequences into `parameters.grads`.

        Gives the loss, the norm of the gradient, and of each flag whether it is set in any process.
        """
        # Loss and flags of all processes are added up together.
        sums = torch.tensor([0.0, *map(float, flags)], device=self.device)
        # A micro-batch whose gradient is squared is of one process.
        most = self.squares.sequences if self.squares else 1
        start, end = (min(size, part * most) for part in self.ranks.share(-(-size // most)))
        if self.squares:
            self.squares.begin()
            for at in range(start, end, most):
                self.parameters.grads.zero_()
                sums[0] += self._add_gradient(first + at, min(most, end - at), size)
                self.squares.add()
            self.ranks.sum(*self.squares.end())
        else:
            self.parameters.grads.zero_()
            sums[0] += self._add_gradient(first + start, end - start, size)
        self.ranks.sum(self.parameters.grads, sums)
        norm = torch.linalg.vector_norm(self.parameters.grads, dtype=torch.float64)
        norm, loss, *counts = torch.cat([norm.view(1), sums.double()]).tolist()
        return loss, norm, [count > 0 for count in counts]

    def _add_gradient(self, first, count, size):
        """Adds the part of `count` sequences in the gradient of a batch of `size`. Gives that in its loss."""
        loss = torch.zeros((), device=self.device)
        for part in self._pieces(self.train.rows(first, count)) if count > 0 else ():
            weight = len(part) / size
            with self._precision():
                mean, objective = self.forward(part)
            (objective * weight).backward()
            loss += mean.detach() * weight
        return loss

    @torch.no_grad()
    def loss(self, first, size):
        """The mean loss of sequences of the run."""
        start, end = self.ranks.share(size)
        rows = self.train.rows(first + start, end - start) if end > start else None
        return self._mean(lambda part: self.forward(part)[0], [] if rows is None else self._pieces(rows))

    @torch.no_grad()
    def evaluate(self):
        """The mean loss over the validation examples."""
        return self._mean(lambda part: self.forward(part)[0], self._validation())

    @torch.no_grad()
    def accuracy(self):
        """The share of the validation examples whose class is right."""
        return self._mean(self.right, self._validation())

    def _validation(self):
        start, end = self.ranks.share(len(self.places))
        for at in range(start, end, self.micro_batch):
            places = self.places[at : min(end, at + self.micro_batch)]
            yield validation_rows(self.validation, places).to(self.device)

    def _mean(self, measure, parts):
        sums = torch.zeros(2, dtype=torch.float64, device=self.device)
        for part in parts:
            with self._precision():
                value = measure(part)
            sums += torch.stack([value.double() * len(part), torch.tensor(len(part), device=self.device).double()])
        self.ranks.sum(sums)
        total, count = sums.tolist()
        return total / count
