"""What a run tells while it trains: records to whoever started it (docs/trainers.md),
and lines of metrics.jsonl."""
import hashlib
import json
import math
import os
import time

# Records of progress a second, at most.
RATE = 4


def _line(values):
    """JSON has no NaN: what is not finite is null."""
    finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
    return json.dumps(finite, separators=(",", ":"), ensure_ascii=False) + "\n"


class Records:
    """Appended to $GAPLAB_METRICS."""

    def __init__(self):
        path = os.environ.get("GAPLAB_METRICS")
        self.file = open(path, "a", encoding="utf8") if path else None
        self.last = -math.inf

    def progress(self, **values):
        """A record of a step, unless there was one just now."""
        now = time.monotonic()
        if now - self.last >= 1 / RATE:
            self.last = now
            self.tell(**values)

    def tell(self, **values):
        if self.file:
            self.file.write(_line(values))
            self.file.flush()


class Metrics:
    """metrics.jsonl: means over the steps since the line before."""

    def __init__(self, job, counters):
        self.path, self.every, self.steps = job["files"]["metrics"], job["lineEvery"], job["config"]["steps"]
        self.counters = counters

    def after(self, step, at, loss, norm, clipped, val_loss, seconds):
        """Takes a step in; `step` counts it."""
        sums = self.counters["interval"]
        for key, value in {"steps": 1, "loss": loss, "gradNorm": norm, "clipped": int(clipped)}.items():
            sums[key] += value
        if val_loss is None and step % self.every and step != self.steps:
            return
        mean = lambda key: sums[key] / sums["steps"]
        line = {"step": step, "tokens": at["tokens"], "lr": at["lr"]}
        line |= {"loss": mean("loss"), "gradNorm": mean("gradNorm"), "clipShare": mean("clipped")}
        if val_loss is not None:
            line["valLoss"] = val_loss
        line["seconds"] = round(seconds, 3)
        with open(self.path, "a", encoding="utf8") as file:
            file.write(_line(line))
        self.counters["interval"] = {"steps": 0, "loss": 0, "gradNorm": 0, "clipped": 0}


def lines_digest(path, last_step):
    """SHA-256 of the whole lines up to a step, for a checkpoint to vouch for."""
    digest = hashlib.sha256()
    if os.path.exists(path):
        with open(path, "rb") as file:
            for line in file:
                if not line.endswith(b"\n") or json.loads(line)["step"] > last_step:
                    break
                digest.update(line)
    return digest.hexdigest()
