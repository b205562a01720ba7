"""What the Python peers share: the conversation with bench/line-process.ts, initial parameters,
the choice among ways.

One JSON value per line each way, on stdin and stdout; bench/serve.ts says what is in them.

    {"setup": {...}}  -> {"loss": x, "way": "...", "recipe": ...}   builds the model; without a recipe, the fastest of all ways
    {"run": n}        -> {"ms": x, "cpu": y, "rss": z, "base": w}   mean of n steps by clock and processor; memory

`loss` is that of the first batch with the initial parameters: the caller compares it with its own before it times anything.
The first line, unasked, has the versions.
"""
import json
import math
import platform
import resource
import sys
import time

import numpy as np


def initial(setup):
    """Initial parameters, as gaplab wrote them: embedding; of each layer norm, QKV, output, norm, gate and
    up, down; norm, head. Matrices are [out, in]; Q, K, V are the rows of one matrix, so are gate and up."""
    flat = np.fromfile(setup["init"], np.float32)
    given = {p["name"]: flat[p["offset"] : p["offset"] + math.prod(p["shape"])].reshape(p["shape"]) for p in setup["table"]}
    take = lambda *names: np.concatenate([given[f"{n}.weight"] for n in names])
    arrays = [take("model.embed_tokens")]
    for i in range(setup["model"]["layers"]):
        at = f"model.layers.{i}"
        arrays += [
            take(f"{at}.input_layernorm").ravel(),
            take(*(f"{at}.self_attn.{part}_proj" for part in "qkv")),
            take(f"{at}.self_attn.o_proj"),
            take(f"{at}.post_attention_layernorm").ravel(),
            take(*(f"{at}.mlp.{part}_proj" for part in ("gate", "up"))),
            take(f"{at}.mlp.down_proj"),
        ]
    return [*arrays, take("model.norm").ravel(), take("lm_head")]


def batches(setup):
    """Token ids [batches, batchSize, seqLen + 1]."""
    return np.fromfile(setup["batches"], np.int32).reshape(-1, setup["batchSize"], setup["model"]["seqLen"] + 1)


def peak():
    """Largest resident size so far. Not getrusage's, which a process inherits from its parent."""
    try:
        with open("/proc/self/status") as file:
            return 1024 * int(next(line for line in file if line.startswith("VmHWM")).split()[1])
    except OSError:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def timed(step, steps):
    """Mean milliseconds of `steps` calls of `step`, which gives the loss: by the clock,
    and of processor time."""
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        loss = step()
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert math.isfinite(loss), f"loss {loss}"
    return 1000 * elapsed / steps, 1000 * cpu / steps


SLOW = 1000  # milliseconds


def quickest(ways, turns=5, budget=2.0):
    """The name of the way with the least time; all take turns, and the least is what nobody disturbed.

    A way is (name, function that makes its step). One that takes twice the time of another is dropped after the first turn;
    one whose step is slow has only that turn, and its memory is free before the next is made; one that fails is left out
    with a line on stderr. `budget`: seconds for each way after which no further turn begins."""
    if len(ways) == 1:
        return ways[0][0]
    times, steps = {}, {}
    for name, make in ways:
        try:
            step = make()
            timed(step, 1)
            ms = timed(step, 1)[0]
            if ms < SLOW:
                ms = timed(step, 1)[0]
                steps[name] = step
            times[name] = [ms]
        except Exception as error:  # a way that this version does not know is no reason to stop
            print(f"{name}: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}", file=sys.stderr)
        step = None
    if not times:
        raise RuntimeError("no way works")
    least = min(min(t) for t in times.values())
    times = {name: t for name, t in times.items() if min(t) < 2 * least}
    going = [name for name in times if name in steps]
    count = max(1, round(30 / least))
    begun = time.perf_counter()
    for _ in range(turns if len(going) > 1 else 0):
        if time.perf_counter() - begun > budget * len(going):
            break
        for name in going:
            times[name].append(timed(steps[name], count)[0])
    best = {name: min(t) for name, t in times.items()}
    print({name: round(ms, 2) for name, ms in best.items()}, file=sys.stderr)
    return min(best, key=best.get)


def serve(versions, set_up):
    """Answers requests until stdin ends. `set_up(setup)` gives {"loss", "way", "recipe"}
    and the function that takes a step."""
    base = peak()
    print(json.dumps({**versions, "Python": platform.python_version()}), flush=True)
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "setup" in request:
                step = None  # the old model goes before the new one comes
                answer, step = set_up(request["setup"])
            else:
                ms, cpu = timed(step, request["run"])
                answer = {"ms": ms, "cpu": cpu, "rss": peak(), "base": base}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"}
        print(json.dumps(answer), flush=True)
