"""OpenVINO on the CPU: one-thread streams, all cores for a lone text, bf16 where there is any."""

from __future__ import annotations

import importlib
import queue
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, ModelError
from embedder.runtime import Inputs, Precision, Runtime, is_installed, prepared_graph
from embedder.runtime.depths import Depths
from embedder.runtime.pages import release_pages

_HINTS: Final = {"fp32": "f32", "bf16": "bf16"}
# Cores that a lone text gets, at most: beyond a few, sentences are too short to share out.
_LONE_THREADS: Final = 4


def missing() -> str | None:
    """See `RuntimeModule.missing`."""
    return None if is_installed("openvino") else "openvino is not installed"


def open_runtime(model: Model, cache_dir: Path, precision: Precision, streams: int) -> Runtime:
    """See `RuntimeModule.open_runtime`."""
    return OpenVinoRuntime(model, cache_dir, precision, streams)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One graph, compiled for each way it runs, with the requests that are idle.

    Last in, first out: a lone caller always meets the request whose buffers are warm.
    """

    streams: queue.LifoQueue[Any]  # as many at once as there are streams, a thread each
    alone: queue.LifoQueue[Any]  # one at once, on several threads


class OpenVinoRuntime:
    """A `Runtime` over OpenVINO's CPU plugin."""

    name = "openvino"

    def __init__(self, model: Model, cache_dir: Path, precision: Precision, streams: int) -> None:
        openvino = _import_without_telemetry()
        self._core = openvino.Core()
        self._openvino = openvino
        self.precision = self._choose(precision)
        self._graph = prepared_graph(model, cache_dir)
        self._streams = streams
        self._depths = Depths(model.architecture.layers, self._compile)

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Runtime.run`."""
        compiled = self._depths.at(depth)
        requests = compiled.alone if inputs.alone else compiled.streams
        feed = self._graph.feed(*inputs.arrays)
        request = requests.get()
        try:
            for name, array in feed.items():
                request.set_tensor(name, self._openvino.Tensor(array, shared_memory=True))
            request.infer()
            # Copies: the tensor belongs to the request, which the next caller overwrites.
            return [np.array(request.get_tensor(name).data, np.float32) for name in outputs]
        finally:
            requests.put(request)

    def _choose(self, precision: Precision) -> str:
        native = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "auto":
            return "bf16" if native else "fp32"
        if precision not in _HINTS:
            raise ModelError(f"openvino runs fp32 or bf16 here, not {precision}")
        if precision == "bf16" and not native:
            raise ModelError("this processor has no bf16 of its own; ask for fp32 or auto")
        return precision

    def _compile(self, depth: int) -> _Compiled:
        model = self._core.read_model(str(self._graph.path(depth)))  # once: its weights are shared
        alone = self._requests(model, 1, min(self._streams, _LONE_THREADS), kernels=128)
        streams = alone
        if self._streams > 1:
            streams = self._requests(model, self._streams, self._streams, kernels=64)
        release_pages(self._graph.weights)  # what is computed with was packed into copies
        return _Compiled(streams, alone)

    def _requests(
        self, model: Any, streams: int, threads: int, *, kernels: int
    ) -> queue.LifoQueue[Any]:
        """Compile `model` and make a request a stream; `kernels` are kept, half a megabyte each.

        Batches do as well with 64 as with more; with 64, lone texts of all lengths take 8.3 ms
        instead of 7.1.
        """
        settings = {
            "INFERENCE_PRECISION_HINT": _HINTS[self.precision],
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": threads,
            # Pinned streams of two processes on one machine would share a core.
            "ENABLE_CPU_PINNING": False,
            "CPU_RUNTIME_CACHE_CAPACITY": kernels,
        }
        compiled = self._core.compile_model(model, "CPU", settings)
        requests: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(streams):
            requests.put(compiled.create_infer_request())
        return requests


def _import_without_telemetry() -> Any:
    """Import openvino, which reports its import to a web analytics service unless it cannot.

    An entry of None makes importing the reporting package fail, and openvino then takes its own
    silent stand-in.
    """
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    return importlib.import_module("openvino")
