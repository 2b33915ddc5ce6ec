"""How fast this machine multiplies matrices as large as a student's, in fp32 and in 8 bits, on all cores at once.

``python bench/products.py PATH ROWS`` is the child of ``fp32_peak``: one core, one backend.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

SHAPES = ((384, 384), (384, 768), (384, 384), (384, 1536), (1536, 384))
"""Inputs and outputs of a layer's products: q, k and v, o, up, down."""

REPEATS = 40


def rate(products: list[tuple[int, Callable[[], Any]]]) -> float:
    """Return the operations a second of products, each given with how many it has; by its median time."""
    operations, seconds = 0, 0.0
    for count, product in products:
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            product()
            times.append(time.perf_counter() - begun)
        operations += count
        seconds += statistics.median(times)
    return operations / seconds


def fp32_peak(rows: int, cores: int) -> dict[str, float]:
    """Return the flop/s of all cores, a process each, by backend."""
    from tinyner.train import compute  # noqa: PLC0415, not in the children of other benches

    peaks = {}
    for path in ("fp32", "onednn"):
        variables = {**os.environ, **compute.environment(path), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, __file__, path, str(rows)]
        children = [subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) for _ in range(cores)]
        peaks[path] = sum(json.loads(child.communicate()[0]) for child in children)
    return peaks


def int8_peak(rows: int, cores: int) -> float:
    """Return the operations a second of ONNX Runtime's 8-bit products, on all cores, a thread each."""
    import onnx  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415

    generator = np.random.default_rng(1)
    helper, kinds = onnx.helper, onnx.TensorProto
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1

    def product(inner: int, outer: int) -> Callable[[], Any]:
        matrix = onnx.numpy_helper.from_array(generator.integers(-64, 64, (inner, outer), dtype=np.int8), "matrix")
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["rows", "matrix"], ["product"])],
            "product",
            [helper.make_tensor_value_info("rows", kinds.UINT8, [rows, inner])],
            [helper.make_tensor_value_info("product", kinds.INT32, [rows, outer])],
            [matrix],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        feeds = {"rows": generator.integers(0, 255, (rows, inner), dtype=np.uint8)}
        return lambda: session.run(None, feeds)

    def of_core(_: int) -> float:
        return rate([(2 * rows * inner * outer, product(inner, outer)) for inner, outer in SHAPES])

    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(of_core, range(cores)))


def main() -> None:
    """Measure one core, one backend."""
    import torch  # noqa: PLC0415

    from tinyner.train import compute  # noqa: PLC0415

    path, rows = sys.argv[1], int(sys.argv[2])
    compute.begin(path, "cpu", 1)
    products: list[tuple[int, Callable[[], Any]]] = []
    for inner, outer in SHAPES:
        x, w, y = torch.randn(rows, inner), torch.randn(outer, inner), torch.empty(rows, outer)
        products.append((2 * rows * inner * outer, lambda x=x, w=w, y=y: torch.mm(x, w.t(), out=y)))  # type: ignore[misc]
    print(json.dumps(rate(products)))


if __name__ == "__main__":
    main()
