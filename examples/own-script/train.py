"""Trains a small Transformer on characters, in the manner of nanoGPT:
python train.py --learning_rate=0.01 --opt=sgd

The text is the reference that comes with Python (pydoc), so that nothing has to be downloaded.
"""
import math, os, sys
from pydoc_data import topics
import torch
from torch import nn
from torch.nn import functional as F

# ---- configuration, each line can be changed as --name=value
out_dir = "out"
max_iters = 500
batch_size = 16
block_size = 32
n_layer, n_head, n_embd = 2, 2, 64
opt = "adam"  # or sgd
learning_rate = 1e-3
momentum = 0.9
beta2 = 0.95
grad_clip = 1.0
warmup = 0.1  # share of the iterations
seed = 1
eval_batches = 20
log_interval = 10
save_interval = 10
for argument in sys.argv[1:]:
    name, _, value = argument.removeprefix("--").partition("=")
    if name not in globals():
        sys.exit(f"there is no parameter {name}")
    globals()[name] = type(globals()[name])(value)

# ---- data: characters, nine tenths to train on
text = "\n".join(topics.topics[key] for key in sorted(topics.topics))
characters = {character: i for i, character in enumerate(sorted(set(text)))}
data = torch.tensor([characters[character] for character in text[:200_000]])
train_data, val_data = data[: 9 * len(data) // 10], data[9 * len(data) // 10 :]


def get_batch(split, size, step):
    """The batch of a step depends on the seed and the step alone, so a run that is resumed
    sees what it would have seen."""
    source = train_data if split == "train" else val_data
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    at = torch.randint(len(source) - block_size, (size,), generator=generator)
    x = torch.stack([source[i : i + block_size] for i in at])
    y = torch.stack([source[i + 1 : i + 1 + block_size] for i in at])
    return x, y


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)
        self.qkv, self.proj = nn.Linear(n_embd, 3 * n_embd), nn.Linear(n_embd, n_embd)
        self.mlp = nn.Sequential(nn.Linear(n_embd, 4 * n_embd), nn.GELU(), nn.Linear(4 * n_embd, n_embd))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (t.view(B, T, n_head, C // n_head).transpose(1, 2) for t in self.qkv(self.ln1(x)).split(C, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(B, T, C))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(len(characters), n_embd), nn.Embedding(block_size, n_embd)
        self.blocks = nn.Sequential(*[Block() for _ in range(n_layer)])
        self.norm, self.head = nn.LayerNorm(n_embd), nn.Linear(n_embd, len(characters), bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, x, y):
        h = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
        logits = self.head(self.norm(self.blocks(h)))
        return F.cross_entropy(logits.flatten(0, 1), y.flatten())


def get_lr(step):
    """Linear warmup, then cosine to 1%."""
    ramp = max(1, int(warmup * max_iters))
    if step < ramp:
        return learning_rate * (step + 1) / ramp
    return learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - ramp) / max(1, max_iters - ramp))))


torch.manual_seed(seed)
model = GPT()
optimizer = (
    torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)
    if opt == "sgd"
    else torch.optim.AdamW(model.parameters(), lr=learning_rate, betas=(0.9, beta2), weight_decay=0)
)

# ---- a checkpoint that is there is resumed
os.makedirs(out_dir, exist_ok=True)
checkpoint = os.path.join(out_dir, "ckpt.pt")
start = 0
if os.path.exists(checkpoint):
    saved = torch.load(checkpoint)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    start = saved["step"]

for step in range(start, max_iters):
    for group in optimizer.param_groups:
        group["lr"] = get_lr(step)
    loss = model(*get_batch("train", batch_size, step))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
    optimizer.step()
    if (step + 1) % save_interval == 0:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
        torch.save(state, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    if (step + 1) % log_interval == 0 or step + 1 == max_iters:
        print(f"iter {step + 1}: loss {loss.item():.4f}")

with torch.no_grad():
    losses = [model(*get_batch("val", 32, -1 - i)).item() for i in range(eval_batches)]
print(f"val loss {sum(losses) / len(losses):.5f}")
