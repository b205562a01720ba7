"""Euler-Maruyama of the two SDEs of Theorem 1, vectorized NumPy: the peer of bench/theory.ts.

Reads one JSON request per line, answers one JSON line: {"seconds": CPU seconds, "loss": mean final loss}.
Request: {"method": "sgd" | "signsgd", "paths", "steps", "dim", "lr", "batchSize", "sigma", "dtype", "block", "bits"}.
Blocks of paths keep the arrays in the cache; every operation writes into an array that exists beforehand.
"""

import json
import sys
import time

import numpy as np

try:
    from scipy.special import erf as scipy_erf
except ImportError:
    scipy_erf = None


def erf(x, out):
    """scipy's, or Abramowitz & Stegun 7.1.28 where there is no scipy."""
    if scipy_erf is not None:
        return scipy_erf(x, out=out)
    a = np.abs(x)
    p = 1 + a * (0.0705230784 + a * (0.0422820123 + a * (0.0092705272 + a * (0.0001520143 + a * (0.0002765672 + a * 0.0000430638)))))
    for _ in range(4):
        p *= p
    return np.copysign(1 - 1 / p, x, out=out)


def simulate(method, paths, steps, dim, lr, batchSize, sigma, dtype, block, bits):
    dtype = np.dtype(dtype)
    generator = np.random.Generator({"PCG64": np.random.PCG64, "SFC64": np.random.SFC64}[bits](1))
    curvature = np.arange(1, dim + 1, dtype=dtype) / 4 + dtype.type(0.75)
    noise = sigma / np.sqrt(batchSize)
    total = 0.0
    for first in range(0, paths, block):
        n = min(block, paths - first)
        x = np.ones((n, dim), dtype)
        z = np.empty_like(x)
        pull = np.empty_like(x)
        spread = np.empty_like(x)
        if method == "sgd":
            factor = 1 - lr * curvature
            diffusion = dtype.type(lr * noise)
            for _ in range(steps):
                generator.standard_normal(out=z, dtype=dtype)
                x *= factor
                z *= diffusion
                x += z
        else:
            slope = curvature / dtype.type(np.sqrt(2) * noise)
            rate = dtype.type(lr)
            for _ in range(steps):
                generator.standard_normal(out=z, dtype=dtype)
                np.multiply(x, slope, out=pull)
                erf(pull, out=pull)
                np.multiply(pull, pull, out=spread)
                np.subtract(1, spread, out=spread)
                np.sqrt(spread, out=spread)
                spread *= z
                spread -= pull
                spread *= rate
                x += spread
        total += float((0.5 * curvature.astype(np.float64) * x.astype(np.float64) ** 2).sum())
    return total / paths


def main():
    print(json.dumps({"numpy": np.__version__, "scipy": scipy_erf is not None}), flush=True)
    for line in sys.stdin:
        started = time.process_time()
        loss = simulate(**json.loads(line))
        print(json.dumps({"seconds": time.process_time() - started, "loss": loss}), flush=True)


if __name__ == "__main__":
    main()
