"""Replays a trace of `gaplab trace` in PyTorch and prints the largest differences.

    pip install torch transformers safetensors
    python bench/peers/replay.py DIR...

For each DIR: the loss of every step, the gradient norm, the gradient at step 0 (relative to its norm, tensor by
tensor), the final parameters, and the validation loss of `final/` computed by transformers' LlamaForCausalLM.
Exits with 1 if a difference is above its bound (per-step loss 1e-3, gradient 1e-4, validation loss 1e-4).
"""
import argparse
import json
import sys

import torch
from safetensors.torch import load_file
from transformers import LlamaForCausalLM

LOSS, GRADIENT, VALIDATION = 1e-3, 1e-4, 1e-4


def optimizer_of(config, parameters):
    name, h = config["optimizer"]["name"], config["optimizer"]["hyper"]
    if name == "sgd":
        return torch.optim.SGD(
            parameters, lr=1.0, momentum=h["momentum"], dampening=h["dampening"],
            nesterov=bool(h["nesterov"]), weight_decay=h["weightDecay"],
        )
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    decay = h.get("weightDecay", 0)
    return kind(parameters, lr=1.0, betas=(h["beta1"], h["beta2"]), eps=h["eps"], weight_decay=decay)


def mean_loss(model, rows):
    logits = model(rows[:, :-1]).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())


def replay(folder):
    trace = json.load(open(f"{folder}/trace.json"))
    config = trace["config"]
    model = LlamaForCausalLM.from_pretrained(f"{folder}/init", dtype=torch.float32, attn_implementation="eager")
    model.train()
    optimizer = optimizer_of(config, model.parameters())
    batches = load_file(f"{folder}/batches.safetensors")["batches"].long()
    recorded = load_file(f"{folder}/gradients.safetensors")
    worst = {"loss": 0.0, "gradNorm (relative)": 0.0, "gradient at step 0 (relative)": 0.0}
    for step, (batch, ours) in enumerate(zip(batches, trace["steps"])):
        optimizer.zero_grad()
        loss = mean_loss(model, batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), config["clip"] or float("inf")).item()
        if step == 0:
            scale = min(1.0, config["clip"] / (norm + 1e-6)) if config["clip"] else 1.0
            for name, p in model.named_parameters():
                theirs = p.grad / scale
                error = (recorded[name] - theirs).norm() / theirs.norm()
                worst["gradient at step 0 (relative)"] = max(worst["gradient at step 0 (relative)"], error.item())
        for group in optimizer.param_groups:
            group["lr"] = ours["lr"]
        optimizer.step()
        worst["loss"] = max(worst["loss"], abs(loss.item() - ours["loss"]))
        worst["gradNorm (relative)"] = max(worst["gradNorm (relative)"], abs(norm - ours["gradNorm"]) / norm)
    final = load_file(f"{folder}/final/model.safetensors")
    worst["final parameters (absolute)"] = max(
        (final[name] - p.detach()).abs().max().item() for name, p in model.named_parameters()
    )
    loaded = LlamaForCausalLM.from_pretrained(f"{folder}/final", dtype=torch.float32)
    rows = load_file(f"{folder}/validation.safetensors")["validation"].long()
    with torch.no_grad():
        total = sum(mean_loss(loaded, part).item() * len(part) for part in rows.split(64))
    worst["validation loss by transformers"] = abs(total / len(rows) - trace["valLoss"])
    ok = (
        worst["loss"] < LOSS
        and worst["gradient at step 0 (relative)"] < GRADIENT
        and worst["validation loss by transformers"] < VALIDATION
    )
    o = config["optimizer"]["name"]
    print(f"{folder}: {o}, batch {config['batchSize']} in pieces of {config['microBatch']}, clip {config['clip']}, "
          f"D{config['model']['dim']} L{config['model']['layers']}, {len(trace['steps'])} steps, "
          f"loss {trace['steps'][0]['loss']:.3f} -> {trace['steps'][-1]['loss']:.3f}")
    for name, value in worst.items():
        print(f"  {name:34} {value:.2e}")
    print("  agrees" if ok else "  DIFFERS")
    return ok


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+", help="folders written by gaplab trace")
    torch.set_num_threads(1)
    sys.exit(0 if all([replay(folder) for folder in parser.parse_args().traces]) else 1)
