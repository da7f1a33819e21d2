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

from embedder.checkpoint.folder import GRAPH, GRAPH_WEIGHTS, Model, ModelError
from embedder.checkpoint.graph_cache import INPUTS
from embedder.runtime import Inputs, Precision, Runtime, is_installed, prepared_graph
from embedder.runtime.depths import Depths
from embedder.runtime.pages import release_pages
from embedder.runtime.processor import refuse_without_int8
from embedder.views import layer_output

_HINTS: Final = {"fp32": "f32", "bf16": "bf16"}
# Cores that a lone text gets, at most: beyond a few, sentences are too short to share out.
_LONE_THREADS: Final = 4


def missing() -> str | None:
    """See `RuntimeModule.missing`."""
    return None if is_installed("openvino") else "openvino is not installed"


def open_runtime(model: Model, cache_dir: Path, precision: Precision, streams: int) -> Runtime:
    """See `RuntimeModule.open_runtime`."""
    return OpenVinoRuntime(model, cache_dir, precision, streams)


def import_openvino() -> Any:
    """Import openvino, which reports its import to a web analytics service unless it cannot.

    An entry of None makes importing the reporting package fail, and openvino then takes its own
    silent stand-in.
    """
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    return importlib.import_module("openvino")


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
        if model.quantized:
            refuse_without_int8(model)
        openvino = import_openvino()
        self._core = openvino.Core()
        self._openvino = openvino
        # An int8 graph says itself what is int8; the rest of it runs in the processor's best.
        rest = self._choose(precision)
        self._hint = _HINTS[rest]
        self.precision = "int8" if model.quantized else rest
        self._graph = None if model.quantized else prepared_graph(model, cache_dir)
        self._model = model
        self._streams = streams
        self._depths = Depths(model.architecture.layers, self._compile)

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Runtime.run`."""
        compiled = self._depths.at(depth)
        requests = compiled.alone if inputs.alone else compiled.streams
        feed = self._feed(inputs)
        request = requests.get()
        try:
            for name, array in feed.items():
                request.set_tensor(name, self._openvino.Tensor(array, shared_memory=True))
            request.infer()
            # Copies: the tensor belongs to the request, which the next caller overwrites.
            return [np.array(request.get_tensor(name).data, np.float32) for name in outputs]
        finally:
            requests.put(request)

    def _feed(self, inputs: Inputs) -> dict[str, NDArray[np.generic]]:
        if self._graph is not None:
            return self._graph.feed(*inputs.arrays)
        return dict(zip(INPUTS, inputs.arrays, strict=True))  # an int8 graph holds its vocabulary

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
        model, weights = self._read(depth)  # once: its weights are shared
        alone = self._requests(model, 1, min(self._streams, _LONE_THREADS), kernels=128)
        streams = alone
        if self._streams > 1:
            streams = self._requests(model, self._streams, self._streams, kernels=64)
        release_pages(weights)  # what is computed with was packed into copies
        return _Compiled(streams, alone)

    def _read(self, depth: int) -> tuple[Any, Path]:
        """Return the graph that ends after layer `depth`, and the file of its numbers."""
        if self._graph is not None:
            return self._core.read_model(str(self._graph.path(depth))), self._graph.weights
        try:
            whole = self._core.read_model(str(self._model.folder / GRAPH))
            ends = [whole.output(layer_output(layer)).node for layer in range(depth + 1)]
        except RuntimeError as error:
            raise ModelError(f"{self._model.folder}/{GRAPH} is no graph of the encoder") from error
        # What no output needs is left out when it is compiled.
        graph = self._openvino.Model(ends, whole.get_parameters())
        return graph, self._model.folder / GRAPH_WEIGHTS

    def _requests(
        self, model: Any, streams: int, threads: int, *, kernels: int
    ) -> queue.LifoQueue[Any]:
        """Compile `model` and make a request a stream; `kernels` are kept, half a megabyte each.

        Batches do as well with 64 as with more; with 64, lone texts of all lengths take 8.3 ms
        instead of 7.1.
        """
        settings = {
            "INFERENCE_PRECISION_HINT": self._hint,
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
