"""Checkpoints, the same files as those of gaplab's own engine: either may go on (src/train/checkpoint.ts)."""
import ctypes
import json
import os
import struct
import zlib

import torch
from safetensors import safe_open

STATE = "optimizer."


def text(counters):
    """Counters as they stand in a checkpoint."""
    return json.dumps(counters, separators=(",", ":"))


def load(path, parameters):
    """Fills the parameters (and the state, where the file has it) and gives the counters,
    if there are any."""
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        for i, tensor in enumerate(parameters.tensors):
            parameters.view(i, parameters.values).copy_(file.get_tensor(tensor["name"]))
        for name in sorted(name for name in names if name.startswith(STATE)):
            whole = file.get_tensor(name)
            for i, place in parameters.state_of("state." + name[len(STATE) :]).items():
                if place is not None:
                    start = parameters.tensors[i]["offset"]
                    place.copy_(whole[start : start + place.numel()].view(place.shape))
        counters = (file.metadata() or {}).get("gaplab")
    return json.loads(counters) if counters else None


def save(path, parameters, state, metadata):
    """Writes beside the target, flushes, renames: the file is there whole or not at all.
    `state` names the buffers."""
    total = parameters.values.numel()
    header, parts, at = {}, [], 0

    def add(name, shape, tensors):
        nonlocal at
        size = 4 * sum(tensor.numel() for tensor in tensors)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        parts.extend(tensors)
        at += size

    for i, tensor in enumerate(parameters.tensors):
        add(tensor["name"], tensor["shape"], [parameters.view(i, parameters.values)])
    for name in state:
        found = parameters.state_of("state." + name)
        zeros = lambda i: torch.zeros(parameters.tensors[i]["size"])
        add(STATE + name, [total], [zeros(i) if place is None else place for i, place in found.items()])
    written = {"format": "pt", **metadata}
    header["__metadata__"] = written
    written_head = lambda: json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    crc = zlib.crc32(written_head())
    for part in parts:
        crc = zlib.crc32(_bytes(part), crc)
    written["crc32"] = str(crc)
    head = written_head()
    head += b" " * (-len(head) % 8)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(struct.pack("<Q", len(head)) + head)
            for part in parts:
                file.write(_bytes(part))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        # A full disk should not stay full of half a file.
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _bytes(tensor):
    """The memory of a float32 tensor; every machine that PyTorch runs on is little-endian."""
    tensor = tensor.detach().cpu().contiguous()
    memory = (ctypes.c_ubyte * (4 * tensor.numel())).from_address(tensor.data_ptr())
    memory.owner = tensor  # kept alive with it
    return memory
