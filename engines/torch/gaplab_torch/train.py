"""The training loop, the same as that of gaplab's own engine (src/train/train.ts)."""
import copy
import math
import os
import time

from . import checkpoint
from .divergence import Divergence
from .optimizer import Optimizer
from .parameters import Parameters
from .plan import Plan
from .ranks import device_name
from .records import Metrics, Records, lines_digest
from .work import Work

# Seconds between looks for what is waited for.
PAUSE = 0.05

START = {
    "step": 0,
    "seconds": 0,
    "interval": {"steps": 0, "loss": 0, "gradNorm": 0, "clipped": 0},
    "tail": {"loss": 0, "steps": 0},
    "smooth": None,
    "above": 0,
}


class Training:
    """A run on its way. `job` is what gaplab handed over."""

    def __init__(self, job, device, ranks, stop):
        self.job, self.config, self.ranks, self.stop = job, job["config"], ranks, stop
        self.device_name = device_name(device, ranks.count)
        self.parameters = Parameters(job["tensors"], job["groups"], device)
        self.counters = checkpoint.load(job["files"]["from"], self.parameters) or copy.deepcopy(START)
        self.work = Work(job, self.parameters, ranks)
        self.optimizer = Optimizer(job, self.parameters, job["compile"])
        self.plan = Plan(job["plan"], self.config["steps"])
        self.metrics = Metrics(job, self.counters)
        self.divergence = Divergence(job["divergence"], self.counters)
        self.records = Records() if ranks.first else None
        self.before, self.started = self.counters["seconds"], time.monotonic()
        self.saved = self.started
        self.first_tokens = self._tokens()

    def _clock(self):
        return self.before + time.monotonic() - self.started

    def _tokens(self):
        """Training tokens so far."""
        steps, length = self.counters["step"], self.config["model"]["seqLen"]
        return int(self.plan.at(steps)["@first"] * length) if steps < self.config["steps"] else self.job["tokens"]

    def save(self):
        """A checkpoint, by the first process; the others wait for it."""
        counters, files = self.counters, self.job["files"]
        counters["seconds"] = self._clock()
        if self.ranks.first:
            counters["vouched"] = {
                "metrics": lines_digest(files["metrics"], counters["step"]),
                "probes": lines_digest(files["probes"], counters["step"] - 1),
            }
            metadata = {"gaplab": checkpoint.text(counters), "run": self.job["run"]}
            checkpoint.save(files["checkpoint"], self.parameters, self.job["state"], metadata)
        self.saved = time.monotonic()
        self.ranks.any(False)

    def run(self):
        """Trains to the end: the outcome, or None when the run was stopped on the way."""
        counters = self.counters
        stopped = False
        while counters["step"] < self.config["steps"] and "reason" not in counters and not stopped:
            if any(counters["step"] % every == 0 for every in self.job["pauses"]) and self._pause():
                return None
            stopped, is_due = self._step()
            if stopped or is_due:
                self.save()
        return None if stopped else self._finish()

    def _pause(self):
        """Saves, and waits until what is to be measured is measured. Whether any
        process was asked to stop instead."""
        began = time.monotonic()
        self.save()
        if self.ranks.first:
            self.records.tell(event="pause", step=self.counters["step"])
        go = f"{self.job['files']['go']}-{self.counters['step']}"
        while self.ranks.first and not os.path.exists(go) and not self.stop.asked:
            time.sleep(PAUSE)
        # No part of the training time.
        self.started += time.monotonic() - began
        return self.ranks.any(self.stop.asked)

    def _step(self):
        """One step. Whether any process was asked to stop, and whether a checkpoint is due:
        the same in all of them."""
        counters, config = self.counters, self.config
        step = counters["step"]
        at = self.plan.at(step)
        first, size = int(at.pop("@first")), int(at.pop("@size"))
        is_due = time.monotonic() - self.saved > self.job["checkpointSeconds"]
        loss, norm, flags = self.work.gradient(first, size, (self.stop.asked, is_due))
        reason = self.divergence.of_step(loss, norm, step)
        if reason:
            counters["reason"] = reason
            if not (math.isfinite(loss) and math.isfinite(norm)):
                return flags
        clip = config["clip"]
        factor = 1.0 if clip is None else min(1.0, clip / (norm + 1e-6))
        self.optimizer.step(at, factor)
        counters["step"] = step = step + 1
        if step > self.job["tailAfter"]:
            counters["tail"]["loss"] += loss
            counters["tail"]["steps"] += 1
        every = config["eval"]["every"]
        evaluated = self.work.evaluate() if every and step % every == 0 and step < config["steps"] else None
        at["tokens"] = self._tokens()
        if self.ranks.first:
            self.metrics.after(step, at, loss, norm, factor < 1, evaluated, self._clock())
            self._progress(at)
        return flags

    def _progress(self, at):
        speed = (at["tokens"] - self.first_tokens) / max(self._clock() - self.before, 1e-9)
        step, smooth = self.counters["step"], self.counters["smooth"]
        self.records.progress(step=step, tokens=at["tokens"], lr=at["lr"], loss=smooth, tokensPerSecond=round(speed))

    def _finish(self):
        counters, config = self.counters, self.config
        reason = counters.get("reason")
        validation = None if reason else self.work.evaluate()
        if validation is not None:
            last = self.plan.at(config["steps"] - 1)
            train_loss = lambda: self.work.loss(int(last["@first"]), int(last["@size"]))
            reason = self.divergence.of_end(validation, train_loss)
        self.save()
        tail = counters["tail"]
        outcome = {
            "event": "end",
            "status": "diverged" if reason else "done",
            "step": counters["step"],
            "tokens": self._tokens(),
            "trainLoss": tail["loss"] / tail["steps"] if tail["steps"] else None,
            "valLoss": validation,
            "seconds": counters["seconds"],
            "device": self.device_name,
        }
        if reason:
            outcome["reason"] = reason
        elif config["model"].get("objective") == "classify":
            outcome["valAccuracy"] = self.work.accuracy()
        return outcome
