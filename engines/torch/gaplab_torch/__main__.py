"""Trains the job in $GAPLAB_CONFIG, or the jobs that are named.

With --check it only says which versions and devices there are, as one line of JSON.
"""
import json
import os
import platform
import sys

import safetensors
import torch

from .ranks import Ranks, pick_device
from .stopping import INTERRUPTED, Stop
from .train import Training


def check():
    """What gaplab asks before it hands anything over."""
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    versions = {"python": platform.python_version(), "torch": torch.__version__, "safetensors": safetensors.__version__}
    print(json.dumps({**versions, "gpus": gpus}))


def train(path):
    """Trains a job to its end, or until it is stopped."""
    with open(path, encoding="utf8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    device = pick_device(job["device"])
    ranks = Ranks(device)
    training = Training(job, device, ranks, Stop(job["parent"]))
    outcome = training.run()
    if ranks.first:
        training.records.tell(**(outcome or {"event": "interrupted", "step": training.counters["step"]}))
    ranks.close()
    return outcome is not None


def main(arguments):
    if "--check" in arguments:
        return check()
    finished = all(train(path) for path in arguments or [os.environ["GAPLAB_CONFIG"]])
    return 0 if finished else INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
