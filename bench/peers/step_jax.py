"""Training steps of gaplab's model in JAX on the CPU, update by optax; see serve.py.

The whole step (gradient, clipping, update) is one jitted function with donated parameters and state. Ways tried at setup: the
batch whole, or in micro-batches under lax.scan or unrolled; lookups as gather or as a product with one-hot rows; attention
spelled out or by jax.nn.dot_product_attention; gate and up as one matrix or apart.
"""
import math
import os

# Before JAX is there: XLA takes as many threads as it may use processors.
THREADS = int(os.environ.get("PEER_THREADS", "1"))
flags = ["--xla_cpu_multi_thread_eigen=" + ("false" if THREADS == 1 else "true"), f"intra_op_parallelism_threads={THREADS}"]
os.environ["XLA_FLAGS"] = " ".join([*flags, os.environ.get("XLA_FLAGS", "")]).strip()
os.environ["NPROC"] = str(THREADS)
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
import optax

import serve


def rms_norm(x, weight, eps):
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + eps) * weight


def rotary(c):
    width, t = c["dim"] // c["heads"], c["seqLen"]
    angle = np.outer(np.arange(t), c["ropeTheta"] ** (-np.arange(0, width, 2) / width))
    cos = np.concatenate([np.cos(angle)] * 2, 1).astype(np.float32)
    sin = np.concatenate([-np.sin(angle), np.sin(angle)], 1).astype(np.float32)
    return cos, sin


def make_loss(c, onehot, fused, apart):
    """Mean loss of [sequences, T + 1] ids under a list of parameters in gaplab's order."""
    cos, sin = rotary(c)
    heads, t, d = c["heads"], c["seqLen"], c["dim"]
    width = d // heads
    causal = np.tril(np.ones((t, t), bool))

    def rotate(x, cos, sin):
        first, second = jnp.split(x, 2, -1)
        return x * cos + jnp.concatenate([second, first], -1) * sin

    def attention(x, qkv, out):
        b = x.shape[0]
        qkv = (x @ qkv.T).reshape(b, t, 3, heads, width)
        if fused:
            q, k = (rotate(qkv[:, :, i], cos[:, None], sin[:, None]) for i in range(2))
            mixed = jax.nn.dot_product_attention(q, k, qkv[:, :, 2], is_causal=True).reshape(b, t, d)
        else:
            q, k, v = qkv.transpose(2, 0, 3, 1, 4)
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
            scores = jnp.where(causal, (q * (1 / math.sqrt(width))) @ k.swapaxes(-1, -2), -1e30)
            mixed = (jax.nn.softmax(scores, -1) @ v).transpose(0, 2, 1, 3).reshape(b, t, d)
        return mixed @ out.T

    def loss(params, ids):
        queue = iter(params)
        embedding = next(queue)
        source, target = ids[:, :-1], ids[:, 1:]
        x = jax.nn.one_hot(source, c["vocabSize"]) @ embedding if onehot else embedding[source]
        for _ in range(c["layers"]):
            attention_norm, qkv, out, mlp_norm, gate_up, down = (next(queue) for _ in range(6))
            x = x + attention(rms_norm(x, attention_norm, c["normEps"]), qkv, out)
            y = rms_norm(x, mlp_norm, c["normEps"])
            if apart:
                gate, up = (y @ half.T for half in jnp.split(gate_up, 2))
            else:
                gate, up = jnp.split(y @ gate_up.T, 2, -1)
            x = x + (jax.nn.silu(gate) * up) @ down.T
        norm, head = queue
        logits = rms_norm(x, norm, c["normEps"]) @ head.T
        if onehot:
            chosen = jnp.where(jax.lax.broadcasted_iota(jnp.int32, logits.shape, 2) == target[..., None], logits, 0).sum(-1)
        else:
            chosen = jnp.take_along_axis(logits, target[..., None], -1)[..., 0]
        return (jax.nn.logsumexp(logits, -1) - chosen).mean()

    return loss


def make_update(setup):
    h, lr = setup["hyper"], setup["lr"]
    if setup["optimizer"] == "sgd":
        return optax.sgd(lr, momentum=h["momentum"])
    assert setup["optimizer"] == "adam", f"no way to train with {setup['optimizer']}"
    return optax.adam(lr, b1=h["beta1"], b2=h["beta2"], eps=h["eps"])


class Trainer:
    """One set of parameters in one way of training them."""

    def __init__(self, setup, recipe):
        piece, how = recipe["piece"], recipe["how"]
        loss = self.loss = make_loss(setup["model"], recipe["one-hot"], recipe["dot_product_attention"], recipe["apart"])
        update = make_update(setup)
        count = setup["batchSize"] // piece
        gradient = jax.value_and_grad(loss)

        def over(params, ids):
            if count == 1:
                return gradient(params, ids)
            split = ids.reshape(count, piece, -1)
            add = lambda a, b: jax.tree.map(jnp.add, a, b)
            if how == "scan":
                zero = (jnp.float32(0), jax.tree.map(jnp.zeros_like, params))
                total, _ = jax.lax.scan(lambda sum, part: (add(sum, gradient(params, part)), None), zero, split)
            else:
                total = gradient(params, split[0])
                for part in split[1:]:
                    total = add(total, gradient(params, part))
            return jax.tree.map(lambda x: x / count, total)

        def step(params, state, ids):
            value, grads = over(params, ids)
            norm = optax.global_norm(grads)
            factor = jnp.minimum(1.0, setup["clip"] / (norm + 1e-6))
            updates, state = update.update(jax.tree.map(lambda g: g * factor, grads), state, params)
            return optax.apply_updates(params, updates), state, value, norm

        self.jitted = jax.jit(step, donate_argnums=(0, 1))
        self.params = [jnp.array(values) for values in serve.initial(setup)]
        self.state = update.init(self.params)
        self.batches = serve.batches(setup)
        self.taken = 0

    def step(self):
        ids = self.batches[self.taken % len(self.batches)]
        self.taken += 1
        self.params, self.state, loss, norm = self.jitted(self.params, self.state, ids)
        float(norm)
        return float(loss)


def label(recipe):
    parts = ["whole" if recipe["how"] == "whole" else f"pieces of {recipe['piece']}, {recipe['how']}"]
    return ", ".join([*parts, *(name for name in ("one-hot", "dot_product_attention", "apart") if recipe[name])])


def choose(setup):
    """The fastest recipe: first how the batch is cut, then everything else, one thing after another."""

    def quickest(recipes):
        name = serve.quickest([(label(r), lambda r=r: Trainer(setup, r).step) for r in recipes])
        return next(r for r in recipes if label(r) == name)

    batch, tokens = setup["batchSize"], setup["model"]["seqLen"]
    plain = {"one-hot": False, "dot_product_attention": False, "apart": False}
    # Whole, unless that is much more than fits the cache: twice as slow, then.
    cuts = [{"piece": batch, "how": "whole", **plain}] if batch * tokens <= 2048 else []
    for piece in sorted({max(1, 512 // tokens), max(1, 1024 // tokens)}):
        if piece < batch and batch % piece == 0:
            cuts.append({"piece": piece, "how": "scan", **plain})
            if batch // piece == 2:
                cuts.append({"piece": piece, "how": "unrolled", **plain})
    best = quickest(cuts)
    # Every other choice alone, then the better ones together.
    first = quickest([best, *({**best, name: True} for name in plain)])
    return quickest([first, *({**first, name: True} for name in plain if not first[name])]) if first != best else best


def set_up(setup):
    assert setup["threads"] == THREADS, "PEER_THREADS is that of the process"
    recipe = setup.get("recipe") or choose(setup)
    trainer = Trainer(setup, recipe)
    loss = float(jax.jit(trainer.loss)(trainer.params, trainer.batches[0]))
    return {"loss": loss, "way": label(recipe), "recipe": recipe}, trainer.step


if __name__ == "__main__":
    serve.serve({"JAX": jax.__version__, "optax": optax.__version__}, set_up)
