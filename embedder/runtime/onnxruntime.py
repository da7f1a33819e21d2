"""onnxruntime on the CPU: runs anywhere, fp32, each call on its caller's thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, ModelError
from embedder.runtime import Inputs, Precision, Runtime, is_installed, prepared_graph
from embedder.runtime.depths import Depths


def missing() -> str | None:
    """See `RuntimeModule.missing`."""
    return None if is_installed("onnxruntime") else "onnxruntime is not installed"


def open_runtime(model: Model, cache_dir: Path, precision: Precision, streams: int) -> Runtime:
    """See `RuntimeModule.open_runtime`."""
    if precision not in ("auto", "fp32"):
        raise ModelError(f"onnxruntime on a CPU runs fp32, not {precision}")
    return OnnxRuntime(model, cache_dir, streams)


class OnnxRuntime:
    """A `Runtime` over one session with one thread a call; calls run at once."""

    name = "onnxruntime"
    precision = "fp32"

    def __init__(self, model: Model, cache_dir: Path, streams: int) -> None:
        self._graph = prepared_graph(model, cache_dir)
        self._slots = threading.BoundedSemaphore(streams)
        self._depths = Depths(model.architecture.layers, self._compile)

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Runtime.run`."""
        session = self._depths.at(depth)
        with self._slots:
            result: list[NDArray[np.float32]] = session.run(
                list(outputs), self._graph.feed(*inputs.arrays)
            )
        return result

    def _compile(self, depth: int) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The arena grows to the largest batch ever seen and keeps it, once per call at a time.
        options.enable_cpu_mem_arena = False
        return onnxruntime.InferenceSession(
            str(self._graph.path(depth)), options, providers=["CPUExecutionProvider"]
        )
