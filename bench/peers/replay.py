"""Replays traces of `gaplab trace` in PyTorch and prints the largest differences.

    pip install torch transformers safetensors
    python bench/peers/replay.py [--json] [--control] DIR...

For each DIR: the loss of every step, the gradient norm, the gradient at step 0 (relative to its norm, tensor by
tensor), the final parameters, and the validation loss of `final/` computed by transformers' LlamaForCausalLM.
Exits with 1 if a difference is above its bound (per-step loss 1e-3, gradient 1e-4, validation loss 1e-4).

A run at the edge of stability amplifies rounding errors until any two programs part. --control shows how much: it replays
in float64 as well, and prints how far PyTorch in float32, and gaplab, are from that.
"""
import argparse
import json
import os
import platform
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # everything is in DIR

import torch
import transformers
from safetensors.torch import load_file
from transformers import LlamaForCausalLM

from rules import optimizer_of

BOUNDS = {"loss": 1e-3, "gradient": 1e-4, "validation": 1e-4}
MEANING = {
    "loss": "loss, largest over the steps",
    "gradient": "gradient at step 0 (relative)",
    "gradNorm": "gradient norm (relative)",
    "parameters": "final parameters (absolute)",
    "validation": "validation loss by transformers",
}
CONTROL = {"torch64": "control: loss, PyTorch 32 to 64 bits", "ours64": "control: loss, gaplab to 64 bits"}


def mean_loss(model, rows):
    logits = model(rows[:, :-1]).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())


def gradient_error(model, recorded, scale):
    """Largest relative error of the gradient of any tensor; `scale` undoes the clipping."""
    error = 0.0
    for name, p in model.named_parameters():
        theirs = p.grad / scale
        error = max(error, ((recorded[name] - theirs).norm() / theirs.norm()).item())
    return error


def train(folder, trace, dtype):
    """Yields (step, model, loss, gradient norm before clipping) after the backward pass of every step."""
    config = trace["config"]
    # Eager attention: sdpa rounds differently, and the bounds are about the mathematics.
    model = LlamaForCausalLM.from_pretrained(f"{folder}/init", dtype=dtype, attn_implementation="eager")
    model.train()
    optimizer = optimizer_of(config, model.parameters())
    batches = load_file(f"{folder}/batches.safetensors")["batches"].long()
    for step, (batch, ours) in enumerate(zip(batches, trace["steps"], strict=True)):
        optimizer.zero_grad()
        loss = mean_loss(model, batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), config["clip"] or float("inf")).item()
        for group in optimizer.param_groups:
            group["lr"] = ours["lr"]
        optimizer.step()
        yield step, model, loss.item(), norm


def replay(folder, control):
    with open(f"{folder}/trace.json") as file:
        trace = json.load(file)
    config, steps = trace["config"], trace["steps"]
    words = [key for key in ("norm", "normPlace", "mlp", "positions") if key in config["model"]]
    if words:
        sys.exit(f"{folder}: transformers' Llama has no other {', '.join(words)}; only models without can be replayed")
    recorded = load_file(f"{folder}/gradients.safetensors")
    worst = dict.fromkeys(MEANING, 0.0)

    def note(what, difference):
        # A NaN is no agreement: max() would drop it.
        before = worst.get(what, 0.0)
        worst[what] = before if difference <= before else difference

    losses = []
    for step, model, loss, norm in train(folder, trace, torch.float32):
        if step == 0:
            scale = min(1.0, config["clip"] / (norm + 1e-6)) if config["clip"] else 1.0
            note("gradient", gradient_error(model, recorded, scale))
        losses.append(loss)
        note("loss", abs(loss - steps[step]["loss"]))
        note("gradNorm", abs(norm - steps[step]["gradNorm"]) / norm)
    if control:
        for step, _, loss, _ in train(folder, trace, torch.float64):
            note("torch64", abs(losses[step] - loss))
            note("ours64", abs(steps[step]["loss"] - loss))
    final = load_file(f"{folder}/final/model.safetensors")
    for name, p in model.named_parameters():
        note("parameters", (final[name] - p.detach()).abs().max().item())
    loaded = LlamaForCausalLM.from_pretrained(f"{folder}/final", dtype=torch.float32)
    rows = load_file(f"{folder}/validation.safetensors")["validation"].long()
    with torch.no_grad():
        total = sum(mean_loss(loaded, part).item() * len(part) for part in rows.split(64))
    note("validation", abs(total / len(rows) - trace["valLoss"]))
    agrees = all(worst[what] < bound for what, bound in BOUNDS.items())
    return {"folder": folder, "config": config, "steps": steps, "worst": worst, "agrees": agrees}


def tell(result):
    config, steps = result["config"], result["steps"]
    print(
        f"{result['folder']}: {config['optimizer']['name']}, batch {config['batchSize']} in pieces of "
        f"{config['microBatch']}, clip {config['clip']}, D{config['model']['dim']} L{config['model']['layers']}, "
        f"{len(steps)} steps, loss {steps[0]['loss']:.3f} -> {steps[-1]['loss']:.3f}"
    )
    for what, meaning in {**MEANING, **CONTROL}.items():
        if what not in result["worst"]:
            continue
        bound = f"(bound {BOUNDS[what]:.0e})" if what in BOUNDS else ""
        print(f"  {meaning:37} {result['worst'][what]:.2e}  {bound}".rstrip())
    print("  agrees" if result["agrees"] else "  DIFFERS")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+", help="folders written by gaplab trace")
    parser.add_argument("--json", action="store_true", help="one JSON value on stdout, for programs")
    parser.add_argument("--control", action="store_true", help="replay in float64 too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    results = []
    for folder in options.traces:
        results.append(replay(folder, options.control))
        if not options.json:
            tell(results[-1])
    if options.json:
        versions = {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__}
        for result in results:
            del result["steps"], result["config"]
        print(json.dumps({"versions": versions, "bounds": BOUNDS, "results": results}))
    return 0 if all(result["agrees"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
