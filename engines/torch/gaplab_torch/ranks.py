"""The processes of one run: one alone, or one for each GPU of this machine (torchrun).
They hold equal parameters."""
import datetime
import os

import torch
import torch.distributed as dist


class Ranks:
    """Which of how many processes this one is, and sums over all of them."""

    def __init__(self, device):
        self.device = device
        self.count, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        if self.count > 1:
            # Others wait while the first one saves, or something is measured: that may take long.
            backend, patience = "nccl" if device.type == "cuda" else "gloo", datetime.timedelta(days=1)
            dist.init_process_group(backend, timeout=patience)

    @property
    def first(self):
        """Whether this process is the one that writes."""
        return self.rank == 0

    def share(self, count):
        """Which of `count` things are this process's: (from, to)."""
        return self.rank * count // self.count, (self.rank + 1) * count // self.count

    def sum(self, *tensors):
        """Adds up over all processes, in place; afterwards all of them have the same bits."""
        if self.count > 1:
            for tensor in tensors:
                dist.all_reduce(tensor)

    def any(self, flag):
        """Whether the flag is set in any process; all wait for the slowest."""
        flags = torch.tensor(float(flag), device=self.device)
        self.sum(flags)
        return flags.item() > 0

    def close(self):
        if self.count > 1:
            dist.destroy_process_group()


def pick_device(name):
    """The device of this process: a GPU of its own where there are any and nothing else was asked for."""
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
    torch.cuda.set_device(device)
    return device


def device_name(device, count):
    """For people: cpu, or which GPUs."""
    if device.type == "cpu":
        return "cpu" if count == 1 else f"{count} x cpu"
    name = f"cuda ({torch.cuda.get_device_name(device)})"
    return name if count == 1 else f"{count} x {name}"
