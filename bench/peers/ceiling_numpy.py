"""What the processor can do, through numpy: products of square matrices by OpenBLAS, and copies.
Speaks as serve.py does.

    {"setup": {"product": n}}  a step is C = A B of n x n float32
    {"setup": {"copy": n}}     a step copies n float32
"""
import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = os.environ.get("PEER_THREADS", "1")

import numpy as np

import serve


def set_up(setup):
    if "product" in setup:
        size = setup["product"]
        a, b = (np.random.default_rng(i).standard_normal((size, size), np.float32) for i in range(2))
        c = np.empty((size, size), np.float32)

        def step():
            np.matmul(a, b, out=c)
            return 0.0
    else:
        source = np.ones(setup["copy"], np.float32)
        target = np.zeros_like(source)

        def step():
            np.copyto(target, source)
            return 0.0

    return {"loss": 0, "way": "numpy", "recipe": None}, step


if __name__ == "__main__":
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    serve.serve({"numpy": np.__version__, blas.get("name", "BLAS"): blas.get("version", "?")}, set_up)
